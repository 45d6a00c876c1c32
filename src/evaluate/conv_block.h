/// What the networks that judge are built of.
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/normalization.h>

#include "nn/list.h"
#include "tensor/types.h"

namespace imagine::evaluate {

/// Norm, SiLU and a 3x3 convolution, twice, added to x.
class ConvBlockImpl : public torch::nn::Module {
 public:
  explicit ConvBlockImpl(int64_t width);
  Tensor forward(const Tensor& x);  // [B, C, H, W] -> [B, C, H, W]

 private:
  torch::nn::GroupNorm norm1_, norm2_;
  torch::nn::Conv2d conv1_, conv2_;
};
TORCH_MODULE(ConvBlock);

nn::List<ConvBlock> conv_blocks(int64_t count, int64_t width);
/// One after the other.
Tensor through(nn::List<ConvBlock>& blocks, Tensor x);

/// A 3x3 convolution to half the size.
torch::nn::Conv2d halving(int64_t in, int64_t out);

/// Pictures of any square size [B, 3, S, S] as a network of `size` sees them, within -1 .. 1.
Tensor fitted(const Tensor& pixels, int64_t size);

}  // namespace imagine::evaluate
