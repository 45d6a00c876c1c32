#include "models/imagine/upscaler.h"

#include <torch/utils.h>

#include "core/range.h"
#include "nn/embedding.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

constexpr int64_t kTimeWidth = 64;

using torch::nn::Linear;

/// Each [B, 1, 1, 1]; see Upscaler::forward.
struct Scales {
  Tensor in, skip, out;
};

Scales scales_of(const UpscalerPath& path, const Tensor& t, const Tensor& augmentation) {
  // Enlarging keeps about half of the variance of the low resolution's grain.
  const auto detail = path.detail * path.detail + augmentation.square() / 2;
  const auto noise = path.noise * path.noise * (1 - t).square();
  const auto variance = t.square() * detail + noise;
  const auto shaped = [](const Tensor& x) { return x.view({-1, 1, 1, 1}); };
  return {.in = shaped(variance.rsqrt()),
          .skip = shaped(t * detail / variance),
          .out = shaped((detail * noise / variance).sqrt())};
}

}  // namespace

void validate(const UpscalerPath& path) {
  check_range("model.factor", path.factor, 1, 16);
  check_range("model.noise", path.noise, 0.001, 1);
  check_range("model.detail", path.detail, 0.001, 1);
}

Tensor enlarged(const Tensor& low, int64_t factor) {
  return at::upsample_bicubic2d(low, {low.size(2) * factor, low.size(3) * factor},
                                /*align_corners=*/false);
}

Upscaler::Upscaler(const UpscalerPath& path, int64_t text_width, int64_t condition_width)
    : path_(path),
      time_(register_module("time", Linear(kTimeWidth, condition_width))),
      augmentation_(register_module("augmentation", Linear(kTimeWidth, condition_width))),
      text_(register_module("text", Linear(text_width, condition_width))),
      mix_(register_module("mix", Linear(condition_width, condition_width))) {}

Tensor start_of(const UpscalerPath& path, const Tensor& low, const Tensor& noise) {
  return models::enlarged(low, path.factor) + path.noise * noise;
}

Tensor Upscaler::forward(const Tensor& noisy, const Tensor& t, const LowResolution& low,
                         const TextEmbedding& text) {
  const auto dtype = mix_->weight.scalar_type();
  const auto condition = torch::silu(
      mix_(torch::silu(time_(nn::sinusoids(t, kTimeWidth).to(dtype)) +
                       augmentation_(nn::sinusoids(low.augmentation, kTimeWidth).to(dtype)) +
                       text_(tensor::text_mean(text).to(dtype)))));  // [B, condition]
  const auto base = models::enlarged(low.pixels, path_.factor);      // [B, 3, fH, fW]
  const auto difference = noisy - base;
  const auto scales = scales_of(path_, t, low.augmentation);
  const auto said = look({.difference = (difference * scales.in).to(dtype),
                          .low = low.pixels.to(dtype),
                          .enlarged = base.to(dtype),
                          .condition = condition,
                          .text = text})
                        .to(torch::kFloat)
                        .chunk(2, 1);  // 2 x [B, 3, fH, fW]
  return base + (1 + said[1]) * scales.skip * difference + scales.out * said[0];
}

}  // namespace imagine::models
