#include "train/base_objective.h"

#include <numeric>

#include <torch/utils.h>

#include "cascade/sampling.h"
#include "diffusion/flow.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"

namespace imagine::train {

BaseObjective::BaseObjective(const TrainConfig& config)
    : caption_drop_(config.caption_drop), network_(config.base) {}

Tensor BaseObjective::loss(const Batch& batch, const Phase& phase, torch::Generator& generator) {
  const auto count = batch.pixels.size(0);
  const auto device = generator.device();
  const auto on_device = torch::dtype(torch::kFloat).device(device);
  const auto clean = batch.pixels.to(device, /*non_blocking=*/true);  // [B, 3, S, S]
  const auto t = diffusion::logit_normal_times(count, phase.noise_mean, phase.noise_std, generator);
  const auto noise = torch::randn(clean.sizes(), generator, on_device);
  const auto unconditional = torch::rand({count}, generator, on_device) < caption_drop_;
  const auto predicted = network_(diffusion::mix(clean, noise, t), t,
                                  nn::to_device(batch.text, device), unconditional);
  return diffusion::velocity_loss(predicted, clean, t).mean();
}

Sheet BaseObjective::preview(const PreviewInput& input, const Phase& phase) {
  std::vector<std::uint64_t> seeds(input.prompts.size());
  std::iota(seeds.begin(), seeds.end(), 0);
  const auto pixels =
      cascade::draw(network_, {.text = input.text, .negative = {}}, phase.resolution,
                    {.seeds = seeds, .options = {}, .on_step = {}});
  return {.images = nn::to_images(pixels), .captions = input.prompts, .columns = 4};
}

}  // namespace imagine::train
