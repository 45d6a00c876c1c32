/// Group norm and what follows it, in two passes over the picture, forward and backward. On the CPU
/// by kernels of our own, channels last; elsewhere composed of LibTorch's operations.
#pragma once

#include "nn/activation.h"
#include "tensor/types.h"

namespace imagine::nn {

struct GroupNormOptions {
  int64_t groups;
  double epsilon = 1e-5;
  Activation activation = Activation::none;
};

/// Group norm (Wu and He 2018) with fp32 statistics, times a gain, plus an offset for each channel,
/// then the activation: x [B, C, H, W], gain and offset [B, C] or [1, C] -> [B, C, H, W], channels
/// last on the CPU.
Tensor modulated_group_norm(const Tensor& x, const Tensor& gain, const Tensor& offset,
                            const GroupNormOptions& options);

}  // namespace imagine::nn
