#include "train/distillation_objective.h"

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "tensor/text_batch.h"
#include "train/start.h"

namespace imagine::train {
namespace {

/// [B] -> [B, 1, 1, 1]
Tensor of_pictures(const Tensor& t) { return t.view({-1, 1, 1, 1}); }

/// The schedule's times from noise to picture. [steps + 1]
Tensor times_of(const DistillationConfig& config, const torch::TensorOptions& options) {
  std::vector<double> times = {0};
  const double shift = diffusion::shift_for(config.steps, config.first_step);
  for (const auto& step : diffusion::flow_schedule(config.steps, shift).steps) {
    times.push_back(step.to.time);
  }
  return torch::tensor(times, options);
}

}  // namespace

DistillationObjective::DistillationObjective(const TrainConfig& config, MakeFlowNetwork make)
    : BaseObjective(config, make(config)), config_(config.distillation), teacher_(make(config)) {
  const auto device = tensor::device_named(config.device);
  teacher_->load(start_at(config_.teacher, config.stage),
                 {.dtype = tensor::compute_dtype(config.dtype, device)});
  teacher_->module().to(device);
  teacher_->module().eval();
  sampling_ = {.sampler = SamplerName::euler,
               .steps = config_.steps,
               .guidance = 1,
               .first_step = config_.first_step};
}

Lesson DistillationObjective::prepared(const Batch& batch, const Phase& phase,
                                       torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  const auto step = spread_places(lesson, config_.steps, generator);
  lesson.t = times_of(config_, lesson.t.options()).index({step.to(torch::kLong)});
  lesson.unconditional = torch::zeros_like(lesson.t, lesson.t.options().dtype(torch::kBool));
  return lesson;
}

Tensor DistillationObjective::taught(const Tensor& noisy, const Tensor& t,
                                     const FlowNetwork::Predict& teacher) const {
  if (config_.guidance == 1) return teacher(noisy, t);
  const auto both = teacher(torch::cat({noisy, noisy}), torch::cat({t, t})).chunk(2);
  return torch::lerp(both[1], both[0], config_.guidance);
}

Tensor DistillationObjective::target(const Tensor& begin, const Lesson& lesson) const {
  torch::NoGradGuard no_grad;
  const auto& text = lesson.batch.text;
  const auto& told = lesson.unconditional;
  const auto& cut = lesson.batch.cut;
  const auto read =
      config_.guidance == 1
          ? teacher_->read(text, told, cut)
          : teacher_->read(tensor::joined({&text, &text}), torch::cat({told, told.logical_not()}),
                           cut.defined() ? torch::cat({cut, cut}) : cut);
  const auto times = times_of(config_, lesson.t.options());
  const auto end = times.index({torch::searchsorted(times, lesson.t, false, /*right=*/true)});
  auto t = lesson.t;
  auto z = begin;
  for (int64_t i = 0; i < config_.substeps; ++i) {
    const auto next = torch::lerp(lesson.t, end, double(i + 1) / double(config_.substeps));
    z = z + of_pictures((next - t) / (1 - t)) * (taught(z, t, read) - z);
    t = next;
  }
  return begin + of_pictures((1 - lesson.t) / (end - lesson.t)) * (z - begin);
}

Tensor DistillationObjective::truth(const Lesson& lesson) const {
  return target(noisy(lesson), lesson);
}

}  // namespace imagine::train
