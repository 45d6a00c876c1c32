#include "train/base_objective.h"

#include <numeric>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "nn/pixels.h"

namespace imagine::train {

BaseObjective::BaseObjective(const TrainConfig& config)
    : network_(config.base), caption_drop_(config.caption_drop) {
  network_->set_recompute(config.recompute);
}

Lesson BaseObjective::prepared(const Batch& batch, const Phase& phase,
                               torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  const auto rows = batch.rows_here();
  lesson.unconditional =
      rows.of(torch::rand({rows.total}, generator, lesson.t.options())) < caption_drop_;
  return lesson;
}

Tensor BaseObjective::predicted(const Lesson& lesson) {
  return network_(diffusion::mix(lesson.batch.pixels, lesson.noise, lesson.t), lesson.t,
                  network_->read(lesson.batch.text, lesson.unconditional, lesson.batch.cut));
}

Sheet BaseObjective::preview(const PreviewInput& input, const Phase& phase) {
  std::vector<std::uint64_t> seeds(input.prompts.size());
  std::iota(seeds.begin(), seeds.end(), 0);
  const auto pixels = cascade::draw(network_, {.text = input.text, .negative = {}},
                                    {.width = phase.resolution, .height = phase.resolution},
                                    {.seeds = seeds, .options = sampling_, .on_step = {}});
  return {.images = nn::to_images(pixels), .captions = input.prompts, .columns = 4};
}

}  // namespace imagine::train
