/// The convolutional half of the networks.
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "tensor/types.h"

namespace imagine::nn {

/// A 3x3 or 1x1 convolution that keeps the size.
torch::nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel);

/// Normalisation over groups of 8 or more channels (Wu and He 2018), 8 groups where they divide.
torch::nn::GroupNorm group_norm(int64_t channels);

/// SiLU of the norm of x [B, C, H, W], with the norm's weight and bias.
Tensor normalised_silu(const Tensor& x, const torch::nn::GroupNorm& norm);

/// (GroupNorm, SiLU, conv) twice. The condition enters between the halves as a scale and a shift of
/// each channel. A new block is the identity.
class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(int64_t width, int64_t condition_width);

  /// x [B, C, H, W], condition [B, condition_width] -> [B, C, H, W]
  Tensor forward(const Tensor& x, const Tensor& condition);

 private:
  torch::nn::GroupNorm norm1_, norm2_;
  torch::nn::Conv2d conv1_, conv2_;
  torch::nn::Linear condition_;
};
TORCH_MODULE(ResidualBlock);

}  // namespace imagine::nn
