#include "train/if_objective.h"

#include <torch/utils.h>

#include "core/check.h"
#include "diffusion/scheduler_config.h"
#include "io/json_file.h"
#include "models/deepfloyd_if/family.h"
#include "nn/weights.h"

namespace imagine::train {
namespace {

/// [T] -> of each picture, [B, 1, 1, 1]
Tensor at_times(const std::vector<double>& values, const Tensor& t) {
  return torch::tensor(values, t.options()).index({t.to(torch::kLong)}).view({-1, 1, 1, 1});
}

}  // namespace

IfObjective::IfObjective(const TrainConfig& config) {
  const auto folder = models::first_if_stage(config.deepfloyd_if);
  const auto path = folder / "unet" / "config.json";
  network_config_ = io::read_python_json(path);
  const auto unet = models::if_unet_config_of(network_config_, path.string());
  check<ConfigError>(unet.in_channels == 3, path.string(),
                     ": in_channels: expected 3, of a stage that draws from noise, got ",
                     unet.in_channels);
  for (const auto& phase : config.phases) {
    check<ConfigError>(phase.resolution % unet.multiple() == 0,
                       "phases: resolution: expected a multiple of ", unet.multiple(), ", got ",
                       phase.resolution);
  }
  const auto scheduler = folder / "scheduler" / "scheduler_config.json";
  const auto noise =
      diffusion::scheduler_config_of(io::read_python_json(scheduler), scheduler.string());
  check<ConfigError>(noise.target == diffusion::Target::noise, scheduler.string(),
                     ": prediction_type: expected epsilon");
  const diffusion::Schedule schedule(noise.betas);
  for (int64_t t = 0; t < schedule.timesteps(); ++t) {
    const auto level = schedule.level(t);
    alphas_.push_back(level.alpha), sigmas_.push_back(level.sigma);
  }
  network_ = models::IfUnet(unet);
  const auto weights = io::WeightFiles::find(folder / "unet", "diffusion_pytorch_model");
  nn::load_weights(*network_, weights, {.dtype = std::nullopt, .mapped = true});
  for (const auto& parameter : network_->parameters()) {
    check<ConfigError>(parameter.is_floating_point(), weights.path().string(),
                       ": expected weights that were not quantized");
  }
}

Lesson IfObjective::prepared(const Batch& batch, const Phase& phase,
                             torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  lesson.t = spread_places(lesson, std::ssize(alphas_), generator);
  return lesson;
}

Tensor IfObjective::predicted(const Lesson& lesson) {
  const auto dtype = network_->parameters().front().scalar_type();
  const auto noisy = at_times(alphas_, lesson.t) * lesson.batch.pixels +
                     at_times(sigmas_, lesson.t) * lesson.noise;  // [B, 3, S, S]
  const auto text = network_->read(lesson.batch.text.states.to(dtype));
  const models::IfConditioning conditioning{.time = lesson.t, .noise_level = {}};
  const auto both = network_(noisy.to(dtype), conditioning, text);  // [B, 3 or 6, S, S]
  return both.narrow(1, 0, 3).to(torch::kFloat);
}

Tensor IfObjective::distance(const Tensor& predicted, const Tensor& target, const Lesson&) const {
  return (predicted - target).square().mean({1, 2, 3});
}

Sheet IfObjective::preview(const PreviewInput&, const Phase&) { return {}; }

}  // namespace imagine::train
