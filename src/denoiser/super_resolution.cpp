#include "denoiser/super_resolution.h"

#include <torch/utils.h>

#include "core/range.h"
#include "nn/embedding.h"
#include "nn/modulation.h"
#include "nn/text_batch.h"

namespace imagine::denoiser {
namespace {

constexpr int64_t kTimeWidth = 64;
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

/// Each [B, 1, 1, 1]; see SuperResolutionImpl::forward.
struct Scales {
  Tensor in, skip, out;
};

Scales scales_of(const SuperResolutionConfig& config, const Tensor& t, const Tensor& augmentation) {
  // Enlarging keeps about half of the variance of the low resolution's grain.
  const auto detail = config.detail * config.detail + augmentation.square() / 2;
  const auto noise = config.noise * config.noise * (1 - t).square();
  const auto variance = t.square() * detail + noise;
  const auto shaped = [](const Tensor& x) { return x.view({-1, 1, 1, 1}); };
  return {.in = shaped(variance.rsqrt()),
          .skip = shaped(t * detail / variance),
          .out = shaped((detail * noise / variance).sqrt())};
}

}  // namespace

void SuperResolutionConfig::validate() const {
  check_range("model.factor", factor, 1, 16);
  check_range("model.width", width, 1, 65536);
  check_range("model.blocks", blocks, 1, 65536);
  check_range("model.text_width", text_width, 1, 65536);
  check_range("model.noise", noise, 0.001, 1);
  check_range("model.detail", detail, 0.001, 1);
}

Tensor enlarged(const Tensor& low, int64_t factor) {
  return at::upsample_bicubic2d(low, {low.size(2) * factor, low.size(3) * factor},
                                /*align_corners=*/false);
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
    : config((c.validate(), c)),
      time_(register_module("time", Linear(kTimeWidth, kConditionWidth))),
      augmentation_(register_module("augmentation", Linear(kTimeWidth, kConditionWidth))),
      text_(register_module("text", Linear(c.text_width, kConditionWidth))),
      mix_(register_module("mix", Linear(kConditionWidth, kConditionWidth))),
      enter_(register_module("enter", nn::conv(3 * c.factor * c.factor + 3, c.width, 3))),
      leave_(register_module("leave", nn::conv(c.width, 2 * 3 * c.factor * c.factor, 3))),
      blocks_(register_module("blocks", nn::List<PixelBlock>())) {
  torch::NoGradGuard no_grad;
  leave_->weight.zero_();  // a new network makes the best linear guess
  leave_->bias.zero_();
  for (int64_t i = 0; i < c.blocks; ++i) blocks_->emplace(c.width, kConditionWidth);
}

Tensor SuperResolutionImpl::start(const LowResolution& low, const Tensor& noise) const {
  return enlarged(low.pixels, config.factor) + config.noise * noise;
}

Tensor SuperResolutionImpl::forward(const Tensor& noisy, const Tensor& t, const LowResolution& low,
                                    const TextEmbedding& text) {
  const auto dtype = mix_->weight.scalar_type();
  const auto condition = torch::silu(
      mix_(torch::silu(time_(nn::sinusoids(t, kTimeWidth).to(dtype)) +
                       augmentation_(nn::sinusoids(low.augmentation, kTimeWidth).to(dtype)) +
                       text_(nn::text_mean(text).to(dtype)))));  // [B, condition]
  const auto base = enlarged(low.pixels, config.factor);         // [B, 3, fH, fW]
  const auto difference = noisy - base;
  const auto scales = scales_of(config, t, low.augmentation);
  const auto pixels =
      torch::cat({torch::pixel_unshuffle(difference * scales.in, config.factor), low.pixels}, 1);
  auto x = enter_(pixels.to(pixels.options().dtype(dtype), false, false,
                            torch::MemoryFormat::ChannelsLast));  // [B, C, H, W]
  for (auto& block : *blocks_) x = block(x, condition);
  const auto said = leave_(torch::silu(normalised(x))).to(torch::kFloat).chunk(2, 1);
  const auto correction = torch::pixel_shuffle(said[0], config.factor);  // [B, 3, fH, fW]
  const auto trust = 1 + torch::pixel_shuffle(said[1], config.factor);
  return base + trust * scales.skip * difference + scales.out * correction;
}

}  // namespace imagine::denoiser
