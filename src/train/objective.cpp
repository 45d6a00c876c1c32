#include "train/objective.h"

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "train/lora_objective.h"
#include "train/trained_stages.h"

namespace imagine::train {

Lesson noised(const Batch& batch, const Phase& phase, torch::Generator& generator) {
  const auto device = generator.device();
  const auto rows = batch.rows_here();
  auto shape = batch.pixels.sizes().vec();
  shape[0] = rows.total;
  const auto t =
      diffusion::logit_normal_times(rows.total, phase.noise_mean, phase.noise_std, generator);
  const auto noise = torch::randn(shape, generator, torch::dtype(torch::kFloat).device(device));
  return {.batch = on_device(batch, device), .t = rows.of(t), .noise = rows.of(noise)};
}

Tensor spread_places(const Lesson& lesson, int64_t count, torch::Generator& generator) {
  const auto rows = lesson.batch.rows_here();
  const auto options = lesson.t.options();
  const auto chance = torch::rand({rows.total}, generator, options);
  const auto inside = rows.of(torch::arange(rows.total, options) + chance) / double(rows.total);
  return (inside * double(count)).floor().clamp_max(double(count - 1));
}

Lesson rows_of(const Lesson& lesson, int64_t begin, int64_t count) {
  const auto rows = [&](const Tensor& all) {
    return all.defined() ? all.narrow(0, begin, count) : all;
  };
  return {
      .batch = {.pixels = rows(lesson.batch.pixels),
                .text = {.states = rows(lesson.batch.text.states),
                         .mask = rows(lesson.batch.text.mask)},
                .cut = rows(lesson.batch.cut),
                .kept = rows(lesson.batch.kept),
                .annotations = lesson.batch.annotations.each(rows)},
      .t = rows(lesson.t),
      .noise = rows(lesson.noise),
      .unconditional = rows(lesson.unconditional),
      .augmentation = rows(lesson.augmentation),
      .grain = rows(lesson.grain),
      .target = rows(lesson.target),
      .weight = rows(lesson.weight),
      .control = lesson.control ? std::optional(lesson.control->rows(begin, count)) : std::nullopt};
}

void Objective::load(const Start& start, const nn::LoadOptions& options) {
  nn::load_weights(network(), open_weights(start), options);
}

Tensor Objective::distance(const Tensor& predicted, const Tensor& target,
                           const Lesson& lesson) const {
  return diffusion::velocity_loss(predicted, target, lesson.t);
}

Tensor Objective::loss(const Lesson& lesson) {
  const auto target = lesson.target.defined() ? lesson.target : truth(lesson);
  const auto far = distance(predicted(lesson), target, lesson);  // [B]
  return (lesson.weight.defined() ? far * lesson.weight : far).mean();
}

std::unique_ptr<Objective> make_objective(const TrainConfig& config) {
  auto objective = trained_stage(config.stage).make(config);
  if (config.lora.rank == 0) return objective;
  return std::make_unique<LoraObjective>(config.lora, std::move(objective));
}

}  // namespace imagine::train
