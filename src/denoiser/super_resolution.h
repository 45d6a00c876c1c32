/// The small upscaler: fully convolutional at the low resolution, so that one network serves 64 ->
/// 256 and 256 -> 1024 and a picture of any size has no seams.
#pragma once

#include <torch/nn/modules/conv.h>

#include "denoiser/super_resolution_config.h"
#include "denoiser/upscaler.h"
#include "nn/list.h"

namespace imagine::denoiser {

/// Residual block that normalises each pixel over its channels: unlike GroupNorm the result does
/// not depend on the size of the picture, and crops train what whole pictures use.
class PixelBlockImpl : public torch::nn::Module {
 public:
  PixelBlockImpl(int64_t width, int64_t condition_width);

  /// x [B, C, H, W], condition [B, condition_width] -> [B, C, H, W]
  Tensor forward(const Tensor& x, const Tensor& condition);

 private:
  torch::nn::Conv2d conv1_, conv2_;
  torch::nn::Linear condition_;
};
TORCH_MODULE(PixelBlock);

class SuperResolutionImpl : public Upscaler {
 public:
  explicit SuperResolutionImpl(const SuperResolutionConfig& config);

  /// Its convolutions, and the two pixels that bicubic enlargement reads.
  std::optional<int64_t> reach() const override { return 2 + 2 * config.blocks + 2; }

  const SuperResolutionConfig config;

 private:
  Tensor look(const View& view) override;

  torch::nn::Conv2d enter_, leave_;
  nn::List<PixelBlock> blocks_;
};
TORCH_MODULE(SuperResolution);

}  // namespace imagine::denoiser
