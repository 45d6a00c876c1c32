#include "train/control_objective.h"

#include <array>
#include <numbers>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "models/imagine/networks.h"
#include "models/stage_run.h"
#include "tensor/edges.h"
#include "tensor/pixels.h"
#include "tensor/text_batch.h"
#include "train/moved_views.h"

namespace imagine::train {
namespace {

using models::ControlInput;

constexpr int64_t kPreviewRows = 8;

/// How often each kind is told, and each detail is so.
constexpr double kThings = 0.5, kBoxes = 0.6, kPalette = 0.35, kInnerLines = 0.5;
constexpr std::array<double, models::kPlanes> kTold = {0.2, 0.25, 0.2, 0.15};  // of the planes
constexpr double kThingStays = 0.85, kPhraseStays = 0.9;
/// Of a scribble: how far its lines go astray, in pixels.
constexpr double kAstray = 1.2;

/// Which column of the chances decides what.
enum Chance : int64_t {
  kOfThings,
  kOfBoxes,
  kOfPalette,
  kOfInnerLines,
  kOfPlanes,
  kOfEachThing = kOfPlanes + models::kPlanes,
  kOfEachPhrase = kOfEachThing + models::kMostThings,
  kOfWaves = kOfEachPhrase + models::kMostThings,
  kCount = kOfWaves + 4
};
static_assert(kCount == kControlChances);

/// [B, R, S, S] 1 where the thing is seen.
Tensor masks_of(const Tensor& labels) {
  const auto numbers = torch::arange(1, models::kMostThings + 1, labels.options());
  return labels.narrow(1, 0, 1).eq(numbers.view({1, -1, 1, 1})).to(torch::kFloat);
}

/// The boxes around what is seen of the things: [B, R, S, S] -> [B, R, 4]
Tensor boxes_of(const Tensor& masks) {
  const auto side = masks.size(3);
  const auto ends = [&](int64_t over) {
    const auto seen = masks.amax(over).gt(0);  // [B, R, S]
    const auto places = torch::arange(side, masks.options());
    const auto first = torch::where(seen, places, double(side)).amin(2);
    const auto last = torch::where(seen, places + 1, 0.0).amax(2);
    return std::pair(first / double(side), last / double(side));
  };
  const auto [left, right] = ends(2);
  const auto [top, bottom] = ends(3);
  const auto boxes = torch::stack({left, top, right, bottom}, 2);
  return boxes * masks.flatten(2).amax(2).unsqueeze(2);  // nothing of what is not seen
}

/// Where things end: [B, 1, S, S]
Tensor outlines_of(const Tensor& things) {
  const auto side = things.size(3);
  const auto differs = [&](int64_t dim) {
    const auto changed = things.narrow(dim, 1, side - 1).ne(things.narrow(dim, 0, side - 1));
    return torch::constant_pad_nd(
        changed.to(torch::kFloat),
        dim == 3 ? std::vector<int64_t>{0, 1} : std::vector<int64_t>{0, 0, 0, 1});
  };
  return torch::maximum(differs(2), differs(3));
}

/// As a hand would draw those lines: bent a little, and thicker.
Tensor scribbled(const Tensor& lines, const Tensor& chance) {
  const auto side = lines.size(3);
  const auto places = (torch::arange(side, lines.options()) + 0.5) / double(side);  // 0 .. 1
  const auto wave = [&](double waves, int64_t which) {                              // [B, S]
    const auto phase = chance.select(1, kOfWaves + which).unsqueeze(1);
    return torch::sin((places.unsqueeze(0) * waves + phase) * (2 * std::numbers::pi));
  };
  const double reach = 2 * kAstray / double(side);  // grid_sample counts -1 .. 1
  const auto x =
      places * 2 - 1 + reach * wave(1.4, 0).unsqueeze(2) + reach / 2 * wave(3.1, 1).unsqueeze(1);
  const auto y = (places * 2 - 1).unsqueeze(1) + reach * wave(1.7, 2).unsqueeze(1) +
                 reach / 2 * wave(2.6, 3).unsqueeze(2);
  const auto grid = torch::stack({x.expand({-1, side, side}), y.expand({-1, side, side})}, 3);
  const auto thick = torch::max_pool2d(lines, 3, 1, 1);
  return torch::grid_sampler_2d(thick, grid, /*bilinear*/ 0, /*zeros*/ 0, /*align_corners=*/false);
}

/// What is told as a picture: red the things' silhouettes, green scribble and edges, blue nearness.
Tensor shown(const ControlInput& told) {
  const auto flags = told.told.unsqueeze(2).unsqueeze(3);
  const auto planes = told.planes * flags;  // [B, P, S, S]
  const auto at = [&](models::Plane plane) { return planes.select(1, int64_t(plane)); };
  const auto covered = torch::upsample_nearest2d(told.coverage.sum(1, /*keepdim=*/true),
                                                 {planes.size(2), planes.size(3)});
  const auto things =
      torch::maximum(covered.squeeze(1).clamp_max(1), at(models::Plane::silhouette));
  const auto lines = torch::maximum(at(models::Plane::edges), at(models::Plane::scribble));
  return torch::stack({things, lines, at(models::Plane::nearness)}, 1) * 2 - 1;
}

}  // namespace

ControlInput told_of(const Tensor& pixels, const Annotations& annotations, const Tensor& chance) {
  const torch::NoGradGuard no_grad;
  const auto& labels = annotations.labels;
  const auto below = [&](int64_t column, double share) {  // [B, 1, 1, 1]
    return chance.select(1, column).lt(share).to(torch::kFloat).view({-1, 1, 1, 1});
  };
  const auto masks = masks_of(labels);
  const auto stays = [&](int64_t column, double share) {  // [B, R, 1]
    return chance.narrow(1, column, models::kMostThings).lt(share).to(torch::kFloat).unsqueeze(2);
  };
  ControlInput told;
  told.boxes = boxes_of(masks);
  const auto side = pixels.size(3);
  const auto in_boxes = models::coverage_of(
      told.boxes, {.width = side / models::kHybridPlace, .height = side / models::kHybridPlace});
  const auto covered = torch::where(below(kOfBoxes, kBoxes).gt(0), in_boxes,
                                    torch::avg_pool2d(masks, models::kHybridPlace));
  told.coverage =
      covered * below(kOfThings, kThings) * stays(kOfEachThing, kThingStays).unsqueeze(3);
  told.phrases = annotations.phrases * stays(kOfEachPhrase, kPhraseStays);

  const auto edges = tensor::edges_of(pixels);
  const auto inner = edges * below(kOfInnerLines, kInnerLines);
  const auto lines = torch::maximum(outlines_of(labels.narrow(1, 0, 1)), inner);
  const auto nearness = labels.narrow(1, 1, 1).to(torch::kFloat) / 255;
  const auto silhouettes = labels.narrow(1, 0, 1).gt(0).to(torch::kFloat);
  told.planes = torch::cat({edges, scribbled(lines, chance), nearness, silhouettes}, 1);
  const auto shares =
      torch::tensor(std::vector<float>(kTold.begin(), kTold.end()), chance.options());
  told.told = chance.narrow(1, kOfPlanes, models::kPlanes).lt(shares).to(torch::kFloat);
  const auto known = labels.select(1, 2).flatten(1).amax(1).gt(0).to(torch::kFloat);  // [B]
  told.told.select(1, int64_t(models::Plane::nearness)).mul_(known);
  told.palette = annotations.palette * below(kOfPalette, kPalette).squeeze(3);
  return told;
}

ControlObjective::ControlObjective(const TrainConfig& config)
    : network_(config.base),
      adapter_(config.control, config.base),
      caption_drop_(config.caption_drop) {
  for (auto& parameter : network_->parameters()) parameter.requires_grad_(false);
}

Lesson ControlObjective::prepared(const Batch& batch, const Phase& phase,
                                  torch::Generator& generator) const {
  auto lesson = noised(batch, phase, generator);
  const auto rows = batch.rows_here();
  const auto options = lesson.t.options();
  lesson.unconditional = rows.of(torch::rand({rows.total}, generator, options)) < caption_drop_;
  const auto moves = rows.of(torch::rand({rows.total, kMoveChances}, generator, options));
  lesson.batch = moved_views(lesson.batch, lesson.t, moves);
  const auto chance = rows.of(torch::rand({rows.total, kControlChances}, generator, options));
  lesson.control = told_of(lesson.batch.pixels, lesson.batch.annotations, chance);
  return lesson;
}

Tensor ControlObjective::predicted(const Lesson& lesson) {
  const auto& batch = lesson.batch;
  const auto text =
      adapter_->told(network_->read(batch.text, lesson.unconditional), *lesson.control);
  return network_(diffusion::mix(batch.pixels, lesson.noise, lesson.t), lesson.t, text);
}

Sheet ControlObjective::preview(const PreviewInput& input, const Phase& phase) {
  const auto& batch = input.held_out;
  const auto count = std::min(kPreviewRows, batch.pixels.size(0));
  const auto network = models::network_of(network_, adapter_);
  const auto device = network->device();
  auto chance = torch::zeros({batch.pixels.size(0), kControlChances});
  chance.select(1, kOfPlanes + int64_t(models::Plane::edges)).fill_(1);     // not told
  chance.select(1, kOfPlanes + int64_t(models::Plane::nearness)).fill_(1);  // the same
  const auto told = told_of(batch.pixels, batch.annotations, chance);
  std::vector<models::StageDrawing> drawings;
  for (int64_t i = 0; i < count; ++i) {
    const auto text = tensor::row_of(batch.text, i);
    const auto own = told.rows(i, 1).to(device);
    models::StageInput drawn{.seed = std::uint64_t(i)};
    drawings.push_back({.plan = models::first_stage_plan({}, int(phase.resolution), drawn),
                        .input = drawn,
                        .texts = {.conditional = network->encode_text(text, {.control = &own}),
                                  .unconditional = network->encode_text(
                                      text, {.unconditional = true, .control = &own})}});
  }
  const auto drawn = torch::cat(models::draw(drawings, *network)).cpu();
  const auto truth = batch.pixels.narrow(0, 0, count);
  const auto rows = torch::stack({truth, shown(told.rows(0, count)), drawn}, 1);
  Sheet sheet{.images = tensor::to_images(rows.flatten(0, 1)), .captions = {}, .columns = 6};
  for (int64_t i = 0; i < count; ++i) {
    sheet.captions.insert(sheet.captions.end(), {"held out", "told", "drawn"});
  }
  return sheet;
}

}  // namespace imagine::train
