/// The upscaler: fully convolutional at the low resolution, so that one network serves 64 -> 256
/// and 256 -> 1024 and a picture of any size has no seams.
#pragma once

#include "core/types.h"
#include "denoiser/super_resolution_config.h"
#include "nn/list.h"
#include "nn/residual_block.h"

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

/// What the network reads besides the noisy picture.
struct LowResolution {
  Tensor pixels;        // [B, 3, H, W], with the augmentation's noise in it
  Tensor augmentation;  // [B] in 0 .. 1, how much (Ho et al. 2021, "Cascaded Diffusion Models")
};

/// Predicts the clean picture on the way from a noisy enlargement to it, given its low resolution.
/// A path that starts there and not at pure noise is short: few steps walk it (Albergo et al. 2023,
/// "Stochastic interpolants with data-dependent couplings").
class SuperResolutionImpl : public torch::nn::Module {
 public:
  explicit SuperResolutionImpl(const SuperResolutionConfig& config);

  /// Where the path begins, t = 0: the bicubic enlargement with noise on it. noise [B, 3, fH, fW],
  /// standard normal -> [B, 3, fH, fW] float.
  Tensor start(const LowResolution& low, const Tensor& noise) const;

  /// noisy [B, 3, fH, fW] float, t [B] in 0 (start) .. 1 (clean), low, text -> clean [B, 3, fH, fW]
  /// float: enlargement + trust * best linear guess of the rest from `noisy` + correction. Trust
  /// and correction are the network's, pixel by pixel: where a picture is flat, nothing but noise
  /// differs from the enlargement. Everything is scaled so that the network sees and makes numbers
  /// around 1 at every t (Karras et al. 2022, "Elucidating the design space", for a path that
  /// starts at a picture).
  Tensor forward(const Tensor& noisy, const Tensor& t, const LowResolution& low,
                 const TextEmbedding& text);

  const SuperResolutionConfig config;

 private:
  torch::nn::Linear time_, augmentation_, text_, mix_;
  torch::nn::Conv2d enter_, leave_;
  nn::List<PixelBlock> blocks_;
};
TORCH_MODULE(SuperResolution);

/// low [B, 3, H, W] -> [B, 3, fH, fW], bicubic.
Tensor enlarged(const Tensor& low, int64_t factor);

}  // namespace imagine::denoiser
