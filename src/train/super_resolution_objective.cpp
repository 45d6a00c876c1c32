#include "train/super_resolution_objective.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "cascade/sampling.h"
#include "diffusion/flow.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"

namespace imagine::train {
namespace {

constexpr int64_t kPreviewRows = 8;
constexpr int64_t kPreviewSteps = 2;

}  // namespace

SuperResolutionObjective::SuperResolutionObjective(const TrainConfig& config)
    : augmentation_(config.augmentation), network_(config.super_resolution) {}

Tensor SuperResolutionObjective::loss(const Batch& batch, const Phase& phase,
                                      torch::Generator& generator) {
  const auto count = batch.pixels.size(0);
  const auto device = generator.device();
  const auto on_device = torch::dtype(torch::kFloat).device(device);
  const auto clean = batch.pixels.to(device, /*non_blocking=*/true);  // [B, 3, fS, fS]
  const auto t = diffusion::logit_normal_times(count, phase.noise_mean, phase.noise_std, generator);
  const auto noise = torch::randn(clean.sizes(), generator, on_device);
  const auto clean_low = torch::avg_pool2d(clean, network_->config.factor);  // [B, 3, S, S]
  const auto level = torch::rand({count}, generator, on_device) * augmentation_;
  const auto grain = torch::randn(clean_low.sizes(), generator, on_device);
  const denoiser::LowResolution low{.pixels = clean_low + level.view({-1, 1, 1, 1}) * grain,
                                    .augmentation = level};
  const auto noisy = diffusion::mix(clean, network_->start(low, noise), t);
  const auto predicted = network_(noisy, t, low, nn::to_device(batch.text, device));
  return diffusion::velocity_loss(predicted, clean, t).mean();
}

Sheet SuperResolutionObjective::preview(const PreviewInput& input, const Phase&) {
  const auto count = std::min(kPreviewRows, input.held_out.pixels.size(0));
  const auto truth = input.held_out.pixels.narrow(0, 0, count);
  const TextEmbedding text{.states = input.held_out.text.states.narrow(0, 0, count),
                           .mask = input.held_out.text.mask.narrow(0, 0, count)};
  const auto factor = network_->config.factor;
  const auto low = torch::avg_pool2d(truth, factor);
  std::vector<std::uint64_t> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), 0);
  const auto drawn = cascade::upscale(
      network_, text, low, {.seeds = seeds, .options = {.steps = kPreviewSteps}, .on_step = {}});
  const auto rows = torch::stack({denoiser::enlarged(low, factor), drawn.cpu(), truth}, 1);
  Sheet sheet{.images = nn::to_images(rows.flatten(0, 1)), .captions = {}, .columns = 3};
  for (int64_t i = 0; i < count; ++i) {
    sheet.captions.insert(sheet.captions.end(),
                          {"bicubic", concat("network, ", kPreviewSteps, " steps"), "truth"});
  }
  return sheet;
}

}  // namespace imagine::train
