#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {

Tensor walk_ddim(const Denoiser& denoise, Tensor noisy, const Walk& walk) {
  for (std::size_t i = 0; i < walk.path.strides.size(); ++i) {
    const auto& [from, to] = walk.path.strides[i];
    const auto [clean, noise, variance] = denoise(noisy, from);
    const auto direction = noise.defined() ? noise : noise_beside(clean, noisy, from);
    noisy = finish_step(walk, i, to.alpha * clean + to.sigma * direction, clean);
  }
  return noisy;
}

}  // namespace imagine::diffusion
