#include "train/base_objective.h"

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "models/stage_run.h"
#include "tensor/pixels.h"
#include "tensor/text_batch.h"

namespace imagine::train {

BaseObjective::BaseObjective(const TrainConfig& config, std::unique_ptr<FlowNetwork> network)
    : network_(std::move(network)),
      sampling_(network_->sampling()),
      caption_drop_(config.caption_drop) {}

Lesson BaseObjective::prepared(const Batch& batch, const Phase& phase,
                               torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  const auto rows = batch.rows_here();
  lesson.unconditional =
      rows.of(torch::rand({rows.total}, generator, lesson.t.options())) < caption_drop_;
  return lesson;
}

Tensor BaseObjective::noisy(const Lesson& lesson) const {
  return diffusion::mix(lesson.batch.pixels, lesson.noise * network_->noise_scale(), lesson.t);
}

Tensor BaseObjective::predicted(const Lesson& lesson) {
  const auto& batch = lesson.batch;
  const auto predict = network_->read(batch.text, lesson.unconditional, batch.cut);
  return predict(noisy(lesson), lesson.t);
}

Sheet BaseObjective::preview(const PreviewInput& input, const Phase& phase) {
  const auto network = network_->drawing();
  std::vector<models::StageDrawing> drawings;
  for (std::size_t i = 0; i < input.prompts.size(); ++i) {
    const auto text = tensor::row_of(input.text, int64_t(i));
    models::StageInput drawn{.seed = i};
    drawings.push_back(
        {.plan = models::first_stage_plan(sampling_, int(phase.resolution), drawn,
                                          network_->noise_scale()),
         .input = drawn,
         .texts = {.conditional = network->encode_text(text, {}),
                   .unconditional = network->encode_text(text, {.unconditional = true})}});
  }
  const auto pixels = torch::cat(models::draw(drawings, *network));
  return {.images = tensor::to_images(pixels), .captions = input.prompts, .columns = 4};
}

}  // namespace imagine::train
