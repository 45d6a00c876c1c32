#include "imagine/recipe.h"

namespace imagine {

StageOptions options_of(const StageSettings& settings) {
  return {.network = settings.network,
          .steps = settings.steps,
          .sampler = settings.sampler,
          .guidance = settings.guidance,
          .t_min = settings.t_min,
          .t_max = settings.t_max,
          .noise_level = settings.noise_level,
          .strength = settings.strength,
          .known_region = settings.known_region};
}

Request request_of(const Recipe& recipe) {
  auto request = recipe.request;
  request.stages.clear();
  for (const auto& settings : recipe.stages) request.stages.push_back(options_of(settings));
  return request;
}

}  // namespace imagine
