/// How much a computation computes.
#pragma once

#include <functional>

namespace imagine::bench {

/// The floating-point operations of all matrix products, convolutions and attentions that run
/// meanwhile on the CPU, a multiplication and an addition counted as two; sums, norms and
/// activations are left out.
double count_flops(const std::function<void()>& run);

}  // namespace imagine::bench
