#include "diffusion/target.h"

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::diffusion {

Prediction prediction_of(Target target, const Tensor& output, const Tensor& noisy,
                         NoiseLevel level) {
  const auto [alpha, sigma, time] = level;
  switch (target) {
    case Target::noise:
      return {.clean = (noisy - sigma * output) / alpha, .noise = output};
    case Target::velocity:
      return {.clean = alpha * noisy - sigma * output, .noise = alpha * output + sigma * noisy};
    case Target::clean:
      break;
  }
  return {.clean = output, .noise = noise_beside(output, noisy, level)};
}

Target target_named(const std::string& name) {
  if (name == "sample") return Target::clean;
  if (name == "epsilon") return Target::noise;
  if (name == "v_prediction") return Target::velocity;
  throw ConfigError(
      concat("prediction_type: expected epsilon, v_prediction or sample, got \"", name, '"'));
}

}  // namespace imagine::diffusion
