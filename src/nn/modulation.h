/// The norm and the residual sum of transformer blocks that are told the time (adaLN; Peebles and
/// Xie 2023, "Scalable diffusion models with transformers"). On the CPU one pass each, forward and
/// backward, by kernels of our own; elsewhere composed of LibTorch's operations.
#pragma once

#include "tensor/types.h"

namespace imagine::nn {

/// Layer norm over the last dimension, times a gain, plus an offset: x [B, N, C], gain and offset
/// [B, C] -> [B, N, C].
Tensor modulated_norm(const Tensor& x, const Tensor& gain, const Tensor& offset);

/// x + gain * branch: x and branch [B, N, C], gain [B, C] -> [B, N, C].
Tensor gated_sum(const Tensor& x, const Tensor& gain, const Tensor& branch);

}  // namespace imagine::nn
