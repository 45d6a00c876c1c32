#include "diffusion/guidance.h"

#include <torch/utils.h>

namespace imagine::diffusion {

bool GuidanceOptions::guides(NoiseLevel level) const {
  const double t = level.alpha / (level.alpha + level.sigma);
  return scale != 1 && begin <= t && t < end;
}

Prediction guided(const Prediction& conditional, const Prediction& unconditional, double scale) {
  const auto pushed = [&](const Tensor& with, const Tensor& without) {
    return with.defined() ? torch::lerp(without, with, scale) : with;
  };
  return {.clean = pushed(conditional.clean, unconditional.clean),
          .noise = pushed(conditional.noise, unconditional.noise),
          .variance = conditional.variance};
}

}  // namespace imagine::diffusion
