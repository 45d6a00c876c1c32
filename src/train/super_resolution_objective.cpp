#include "train/super_resolution_objective.h"

#include <algorithm>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "models/imagine/networks.h"
#include "models/imagine/stages.h"
#include "models/stage_run.h"
#include "tensor/pixels.h"
#include "tensor/text_batch.h"

namespace imagine::train {
namespace {

constexpr int64_t kPreviewRows = 8;
constexpr int64_t kPreviewSteps = 2;

}  // namespace

SuperResolutionObjective::SuperResolutionObjective(const TrainConfig& config,
                                                   std::shared_ptr<models::Upscaler> network,
                                                   Json network_config)
    : augmentation_(config.augmentation),
      network_config_(std::move(network_config)),
      network_(std::move(network)) {}

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
  const models::LowResolution low{.pixels = clean_low + grain, .augmentation = lesson.augmentation};
  const auto noisy = diffusion::mix(clean, network_->start(low, lesson.noise), lesson.t);
  return network_->forward(noisy, lesson.t, low, lesson.batch.text);
}

Sheet SuperResolutionObjective::preview(const PreviewInput& input, const Phase&) {
  const auto count = std::min(kPreviewRows, input.held_out.pixels.size(0));
  const auto truth = input.held_out.pixels.narrow(0, 0, count);
  const auto factor = network_->factor();
  const auto low = torch::avg_pool2d(truth, factor);
  const auto network = models::network_of(network_);
  std::vector<models::StageDrawing> drawings;
  for (int64_t i = 0; i < count; ++i) {
    const models::StageInput drawn{.seed = std::uint64_t(i), .coarse = low.narrow(0, i, 1)};
    drawings.push_back(
        {.plan = models::upscaler_plan({.steps = kPreviewSteps}, network_->path(), {}, drawn),
         .input = drawn,
         .texts = {.conditional =
                       network->encode_text(tensor::row_of(input.held_out.text, i), {})}});
  }
  const auto drawn = torch::cat(models::draw(drawings, *network));
  const auto rows = torch::stack({models::enlarged(low, factor), drawn.cpu(), truth}, 1);
  Sheet sheet{.images = tensor::to_images(rows.flatten(0, 1)), .captions = {}, .columns = 3};
  for (int64_t i = 0; i < count; ++i) {
    sheet.captions.insert(sheet.captions.end(),
                          {"bicubic", concat("network, ", kPreviewSteps, " steps"), "truth"});
  }
  return sheet;
}

}  // namespace imagine::train
