#include "models/imagine/super_resolution.h"

#include <torch/utils.h>

#include "core/range.h"
#include "nn/modulation.h"
#include "nn/residual_block.h"

namespace imagine::models {
namespace {

constexpr int64_t kConditionWidth = 128;

using torch::nn::Linear;

/// Each pixel's channels brought to mean 0 and variance 1, then times a gain, plus an offset: x
/// [B, C, H, W], channels last, gain and offset [B, C].
Tensor normalised(const Tensor& x, const Tensor& gain, const Tensor& offset) {
  const auto pixels = x.flatten(2).transpose(1, 2);  // [B, HW, C], a view
  return nn::modulated_norm(pixels, gain, offset)
      .transpose(1, 2)
      .unflatten(2, {x.size(2), x.size(3)});
}

Tensor normalised(const Tensor& x) {
  const auto ones = torch::ones({x.size(0), x.size(1)}, x.options());
  return normalised(x, ones, torch::zeros_like(ones));
}

}  // namespace

void SuperResolutionConfig::validate() const {
  models::validate(path_of(*this));
  check_range("model.width", width, 1, 65536);
  check_range("model.blocks", blocks, 1, 65536);
  check_range("model.text_width", text_width, 1, 65536);
}

PixelBlockImpl::PixelBlockImpl(int64_t width, int64_t condition_width)
    : conv1_(register_module("conv1", nn::conv(width, width, 3))),
      conv2_(register_module("conv2", nn::conv(width, width, 3))),
      condition_(register_module("cond", Linear(condition_width, 2 * width))) {
  torch::NoGradGuard no_grad;
  conv2_->weight.zero_();  // a new block is the identity
  conv2_->bias.zero_();
}

Tensor PixelBlockImpl::forward(const Tensor& x, const Tensor& condition) {
  const auto told = condition_(condition).chunk(2, 1);         // 2 x [B, C]
  const auto h = conv1_(normalised(x, 1 + told[0], told[1]));  // [B, C, H, W]
  return x + conv2_(torch::silu(h));
}

SuperResolutionImpl::SuperResolutionImpl(const SuperResolutionConfig& c)
    : Upscaler(path_of((c.validate(), c)), c.text_width, kConditionWidth),
      config(c),
      enter_(register_module("enter", nn::conv(3 * c.factor * c.factor + 3, c.width, 3))),
      leave_(register_module("leave", nn::conv(c.width, 2 * 3 * c.factor * c.factor, 3))),
      blocks_(register_module("blocks", nn::List<PixelBlock>())) {
  torch::NoGradGuard no_grad;
  leave_->weight.zero_();  // a new network makes the best linear guess
  leave_->bias.zero_();
  for (int64_t i = 0; i < c.blocks; ++i) blocks_->emplace(c.width, kConditionWidth);
}

Tensor SuperResolutionImpl::look(const View& view) {
  const auto pixels =
      torch::cat({torch::pixel_unshuffle(view.difference, config.factor), view.low}, 1);
  auto x = enter_(pixels.contiguous(torch::MemoryFormat::ChannelsLast));  // [B, C, H, W]
  for (auto& block : *blocks_) x = block(x, view.condition);
  return torch::pixel_shuffle(leave_(torch::silu(normalised(x))), config.factor);
}

}  // namespace imagine::models
