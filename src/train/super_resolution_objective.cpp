#include "train/super_resolution_objective.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "cascade/sampling.h"
#include "denoiser/efficient_unet.h"
#include "denoiser/super_resolution.h"
#include "diffusion/flow.h"
#include "nn/pixels.h"

namespace imagine::train {
namespace {

constexpr int64_t kPreviewRows = 8;
constexpr int64_t kPreviewSteps = 2;

}  // namespace

SuperResolutionObjective::SuperResolutionObjective(const TrainConfig& config)
    : augmentation_(config.augmentation) {
  if (config.stage == "efficient_unet") {
    network_config_ = to_json(config.efficient_unet);
    auto network = denoiser::EfficientUnet(config.efficient_unet);
    network->set_recompute(config.recompute);
    network_ = network.ptr();
  } else {
    network_config_ = to_json(config.super_resolution);
    network_ = denoiser::SuperResolution(config.super_resolution).ptr();
  }
}

Lesson SuperResolutionObjective::prepared(const Batch& batch, const Phase& phase,
                                          torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  const auto rows = batch.rows_here();
  const auto side = batch.pixels.size(2) / network_->factor();
  const auto options = lesson.noise.options();
  lesson.augmentation = rows.of(torch::rand({rows.total}, generator, options)) * augmentation_;
  lesson.grain = rows.of(torch::randn({rows.total, 3, side, side}, generator, options));
  return lesson;
}

Tensor SuperResolutionObjective::predicted(const Lesson& lesson) {
  const auto& clean = lesson.batch.pixels;                              // [B, 3, fS, fS]
  const auto clean_low = torch::avg_pool2d(clean, network_->factor());  // [B, 3, S, S]
  const auto grain = lesson.augmentation.view({-1, 1, 1, 1}) * lesson.grain;
  const denoiser::LowResolution low{.pixels = clean_low + grain,
                                    .augmentation = lesson.augmentation};
  const auto noisy = diffusion::mix(clean, network_->start(low, lesson.noise), lesson.t);
  return network_->forward(noisy, lesson.t, low, lesson.batch.text);
}

Sheet SuperResolutionObjective::preview(const PreviewInput& input, const Phase&) {
  const auto count = std::min(kPreviewRows, input.held_out.pixels.size(0));
  const auto truth = input.held_out.pixels.narrow(0, 0, count);
  const TextEmbedding text{.states = input.held_out.text.states.narrow(0, 0, count),
                           .mask = input.held_out.text.mask.narrow(0, 0, count)};
  const auto factor = network_->factor();
  const auto low = torch::avg_pool2d(truth, factor);
  std::vector<std::uint64_t> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), 0);
  const auto drawn = cascade::upscale(
      *network_, text, low, {.seeds = seeds, .options = {.steps = kPreviewSteps}, .on_step = {}});
  const auto rows = torch::stack({denoiser::enlarged(low, factor), drawn.cpu(), truth}, 1);
  Sheet sheet{.images = nn::to_images(rows.flatten(0, 1)), .captions = {}, .columns = 3};
  for (int64_t i = 0; i < count; ++i) {
    sheet.captions.insert(sheet.captions.end(),
                          {"bicubic", concat("network, ", kPreviewSteps, " steps"), "truth"});
  }
  return sheet;
}

}  // namespace imagine::train
