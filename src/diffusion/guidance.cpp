#include "diffusion/guidance.h"

#include <torch/utils.h>

namespace imagine::diffusion {

Denoiser guided(PairDenoiser pair, Denoiser told, const GuidanceOptions& options) {
  return [=](const Tensor& noisy, NoiseLevel level) {
    const double t = flow_time(level);
    if (options.scale == 1 || t < options.begin || t >= options.end) return told(noisy, level);
    const auto both = pair(noisy, level).chunk(2);
    return torch::lerp(both[1], both[0], options.scale);
  };
}

Denoiser thresholded(Denoiser denoise, double quantile) {
  return [=](const Tensor& noisy, NoiseLevel level) {
    const auto clean = denoise(noisy, level);
    const auto limit = torch::quantile(clean.flatten(1).abs(), quantile, 1)
                           .clamp_min(1)
                           .view({-1, 1, 1, 1});  // [B, 1, 1, 1]
    return torch::minimum(torch::maximum(clean, -limit), limit) / limit;
  };
}

}  // namespace imagine::diffusion
