#include "evaluate/conv_block.h"

#include <torch/utils.h>

#include "nn/residual_block.h"

namespace imagine::evaluate {

ConvBlockImpl::ConvBlockImpl(int64_t width)
    : norm1_(register_module("norm1", nn::group_norm(width))),
      norm2_(register_module("norm2", nn::group_norm(width))),
      conv1_(register_module("conv1", nn::conv(width, width, 3))),
      conv2_(register_module("conv2", nn::conv(width, width, 3))) {}

Tensor ConvBlockImpl::forward(const Tensor& x) {
  const auto h = conv1_(nn::normalised_silu(x, norm1_));
  return x + conv2_(nn::normalised_silu(h, norm2_));
}

nn::List<ConvBlock> conv_blocks(int64_t count, int64_t width) {
  nn::List<ConvBlock> list;
  for (int64_t i = 0; i < count; ++i) list->emplace(width);
  return list;
}

Tensor through(nn::List<ConvBlock>& blocks, Tensor x) {
  for (auto& block : *blocks) x = block(x);
  return x;
}

torch::nn::Conv2d halving(int64_t in, int64_t out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(2).padding(1));
}

Tensor fitted(const Tensor& pixels, int64_t size) {
  auto shown = pixels.clamp(-1, 1);
  if (shown.size(2) > size) shown = torch::adaptive_avg_pool2d(shown, {size, size});
  if (shown.size(2) < size) {
    shown = at::upsample_bilinear2d(shown, {size, size}, /*align_corners=*/false);
  }
  return shown;
}

}  // namespace imagine::evaluate
