/// How numbers enter a network.
#pragma once

#include "tensor/types.h"

namespace imagine::nn {

/// values [B] in 0..1 -> [B, width]: sines, then cosines, of 1000 * value at width / 2
/// geometrically falling rates, 1 to 1/1000 (the positional encoding of Vaswani et al. 2017,
/// sec. 3.5).
Tensor sinusoids(const Tensor& values, int64_t width);

}  // namespace imagine::nn
