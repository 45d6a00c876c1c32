/// What enlarges: the path from a noisy enlargement to the picture, and the guess that a network
/// corrects along it. Which network, the subclasses say.
#pragma once

#include <optional>

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include "tensor/types.h"

namespace imagine::models {

/// What the network reads besides the noisy picture.
struct LowResolution {
  Tensor pixels;        // [B, 3, H, W], with the augmentation's noise in it
  Tensor augmentation;  // [B] in 0 .. 1, how much (Ho et al. 2021, "Cascaded Diffusion Models")
};

/// low [B, 3, H, W] -> [B, 3, fH, fW], bicubic.
Tensor enlarged(const Tensor& low, int64_t factor);

/// Where a path begins, and what lies between there and its end.
struct UpscalerPath {
  int64_t factor = 4;   ///< how many times larger the picture becomes
  double noise = 0.1;   ///< on the enlargement that a picture starts from
  double detail = 0.1;  ///< standard deviation of what the enlargement lacks, pixels in -1 .. 1
};

/// That of a network's config.
template <class Config>
UpscalerPath path_of(const Config& config) {
  return {.factor = config.factor, .noise = config.noise, .detail = config.detail};
}

/// Where such a path begins: low [B, 3, H, W] and noise [B, 3, fH, fW], standard normal.
Tensor start_of(const UpscalerPath& path, const Tensor& low, const Tensor& noise);

/// Predicts the clean picture on the way from a noisy enlargement to it, given its low resolution.
/// A path that starts there and not at pure noise is short: few steps are enough for it (Albergo et al. 2023,
/// "Stochastic interpolants with data-dependent couplings").
class Upscaler : public torch::nn::Module {
 public:
  /// Where the path begins, t = 0: the bicubic enlargement with noise on it. noise [B, 3, fH, fW],
  /// standard normal -> [B, 3, fH, fW] float.
  Tensor start(const LowResolution& low, const Tensor& noise) const {
    return start_of(path_, low.pixels, noise);
  }

  /// noisy [B, 3, fH, fW] float, t [B] in 0 (start) .. 1 (clean), low, text -> clean [B, 3, fH, fW]
  /// float: enlargement + trust * best linear guess of the rest from `noisy` + correction. Trust
  /// and correction are the network's, pixel by pixel: where a picture is flat, nothing but noise
  /// differs from the enlargement. Everything is scaled so that the network sees and makes numbers
  /// around 1 at every t (Karras et al. 2022, "Elucidating the design space", for a path that
  /// starts at a picture).
  Tensor forward(const Tensor& noisy, const Tensor& t, const LowResolution& low,
                 const TextEmbedding& text);

  int64_t factor() const { return path_.factor; }
  const UpscalerPath& path() const { return path_; }

  /// How far from a place of the low resolution, in its pixels, forward() reads to say what is
  /// drawn there; nullopt: everywhere.
  virtual std::optional<int64_t> reach() const { return std::nullopt; }

 protected:
  /// `condition_width` is that of the one vector in which time, augmentation and text are told.
  Upscaler(const UpscalerPath& path, int64_t text_width, int64_t condition_width);

  /// All that the network sees, its pixels in the weights' type.
  struct View {
    Tensor difference;     // [B, 3, fH, fW] of the noisy picture and the enlargement, scaled
    Tensor low, enlarged;  // [B, 3, H, W], [B, 3, fH, fW]
    Tensor condition;      // [B, condition_width]
    const TextEmbedding& text;
  };

  /// -> [B, 6, fH, fW]: the correction in units of what the guess leaves open, and what trust has
  /// more than 1.
  virtual Tensor look(const View& view) = 0;

 private:
  UpscalerPath path_;
  torch::nn::Linear time_, augmentation_, text_, mix_;
};

/// Throws ConfigError naming the field where a path makes no sense.
void validate(const UpscalerPath& path);

}  // namespace imagine::models
