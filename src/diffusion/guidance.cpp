#include "diffusion/guidance.h"

#include <torch/utils.h>

namespace imagine::diffusion {
namespace {

/// pair [2 B, ...] -> [B, ...]; undefined stays undefined.
Tensor pushed(const Tensor& pair, double scale) {
  if (!pair.defined()) return pair;
  const auto both = pair.chunk(2);
  return torch::lerp(both[1], both[0], scale);
}

}  // namespace

Denoiser guided(PairDenoiser pair, Denoiser told, const GuidanceOptions& options) {
  return [=](const Tensor& noisy, NoiseLevel level) {
    const double t = level.alpha / (level.alpha + level.sigma);
    if (options.scale == 1 || t < options.begin || t >= options.end) return told(noisy, level);
    const auto both = pair(noisy, level);
    return Prediction{
        .clean = pushed(both.clean, options.scale),
        .noise = pushed(both.noise, options.scale),
        .variance = both.variance.defined() ? both.variance.chunk(2)[0] : both.variance};
  };
}

}  // namespace imagine::diffusion
