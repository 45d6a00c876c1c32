#include "diffusion/inpainting.h"

#include <torch/utils.h>

namespace imagine::diffusion {

Tensor with_known_region(const Inpainting& inpainting, const Tensor& drawn, NoiseLevel level) {
  const auto& [picture, strength, noise, by_strength] = inpainting;
  const auto known = noise.defined() ? level.alpha * picture + level.sigma * noise : picture;
  const auto noise_left = level.sigma / (level.alpha + level.sigma);
  const auto mask = by_strength ? strength.gt(noise_left).to(strength.scalar_type()) : strength;
  return (1 - mask) * known + mask * drawn;
}

AfterStep keeping_known_region(Inpainting inpainting) {
  return [inpainting = std::move(inpainting)](const Tensor& noisy, NoiseLevel level) {
    return with_known_region(inpainting, noisy, level);
  };
}

}  // namespace imagine::diffusion
