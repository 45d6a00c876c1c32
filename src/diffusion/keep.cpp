#include "diffusion/keep.h"

#include <torch/utils.h>

namespace imagine::diffusion {

Tensor with_kept(const Keep& keep, const Tensor& drawn, NoiseLevel level) {
  const auto kept =
      keep.noise.defined() ? level.alpha * keep.picture + level.sigma * keep.noise : keep.picture;
  return (1 - keep.mask) * kept + keep.mask * drawn;
}

AfterStep keeping(Keep keep) {
  return [keep = std::move(keep)](const Tensor& noisy, NoiseLevel level) {
    return with_kept(keep, noisy, level);
  };
}

}  // namespace imagine::diffusion
