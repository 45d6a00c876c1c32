/// Weights for networks that are only timed.
#pragma once

#include <torch/nn/module.h>

namespace imagine::bench {

/// Matrices that keep the size of what they multiply, norms that change nothing.
void fill_with_random(torch::nn::Module& network, torch::Dtype dtype);

}  // namespace imagine::bench
