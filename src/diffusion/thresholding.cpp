#include "diffusion/thresholding.h"

#include <torch/utils.h>

namespace imagine::diffusion {

Denoiser thresholded(Denoiser denoise, double quantile, double cap) {
  return [=](const Tensor& noisy, NoiseLevel level) {
    auto prediction = denoise(noisy, level);
    const auto limit = torch::quantile(prediction.clean.flatten(1).abs(), quantile, 1)
                           .clamp(1, cap)
                           .view({-1, 1, 1, 1});  // [B, 1, 1, 1]
    prediction.clean = prediction.clean.clamp(-limit, limit) / limit;
    return prediction;
  };
}

Denoiser clipped(Denoiser denoise, double range) {
  return [=](const Tensor& noisy, NoiseLevel level) {
    auto prediction = denoise(noisy, level);
    prediction.clean = prediction.clean.clamp(-range, range);
    return prediction;
  };
}

}  // namespace imagine::diffusion
