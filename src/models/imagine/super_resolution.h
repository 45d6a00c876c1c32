/// The small upscaler: fully convolutional at the low resolution, so that one network serves 64 ->
/// 256 and 256 -> 1024 and a picture of any size has no seams.
#pragma once

#include <torch/nn/modules/conv.h>

#include "models/imagine/super_resolution_config.h"
#include "models/imagine/upscaler.h"
#include "nn/list.h"

namespace imagine::models {

/// How far from a place such a network reads: its convolutions, and the two pixels that bicubic
/// enlargement reads.
inline int64_t reach_of(const SuperResolutionConfig& config) { return 2 + 2 * config.blocks + 2; }

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

  std::optional<int64_t> reach() const override { return reach_of(config); }

  const SuperResolutionConfig config;

 private:
  Tensor look(const View& view) override;

  torch::nn::Conv2d enter_, leave_;
  nn::List<PixelBlock> blocks_;
};
TORCH_MODULE(SuperResolution);

}  // namespace imagine::models
