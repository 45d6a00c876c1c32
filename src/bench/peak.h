/// The most that this machine computes.
#pragma once

#include <torch/types.h>

namespace imagine::bench {

/// GFLOP/s of the best of some large matrix products and packed convolutions.
double measured_peak(torch::Dtype dtype);

}  // namespace imagine::bench
