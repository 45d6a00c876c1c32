#include "models/stage_run.h"

#include <algorithm>

#include <torch/utils.h>

#include "diffusion/inpainting.h"
#include "models/evaluation.h"

namespace imagine::models {
namespace {

using diffusion::Prediction;

constexpr std::int64_t kTile = 192;          // pixels of the low resolution: what fits caches
constexpr std::int64_t kLargestMargin = 64;  // pixels of it: many steps reach further, faintly

Tensor part(const Tensor& from, std::int64_t y, std::int64_t x, Extent extent) {
  return from.narrow(2, y, extent.height).narrow(3, x, extent.width);
}

/// One prediction of several texts', each with its weight. A learned variance is the first one's.
Prediction joined(std::span<const Prediction> all, const Prediction* unconditional,
                  const std::vector<Tensor>& weights) {
  const auto sum = [&](const auto& member) -> Tensor {
    if (!member(all.front()).defined()) return {};
    auto rest = torch::ones_like(weights.front());
    Tensor whole;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto part = member(all[i]) * weights[i];
      whole = whole.defined() ? whole + part : part;
      rest = rest - weights[i];
    }
    return unconditional == nullptr ? whole : whole + member(*unconditional) * rest;
  };
  return {.clean = sum([](const Prediction& of) { return of.clean; }),
          .noise = sum([](const Prediction& of) { return of.noise; }),
          .variance = all.front().variance};
}

/// The side of a tile and the margin around it, where a picture of that side is drawn in them.
struct TileSize {
  std::int64_t tile, margin;
};

TileSize tile_size(const SamplingPlan& plan, bool inpaints, std::int64_t longer_side) {
  const TileSize whole{.tile = longer_side, .margin = 0};
  if (!plan.enlarging || !plan.enlarging->margin || inpaints) return whole;
  const auto margin = std::min(kLargestMargin, *plan.enlarging->margin);
  return longer_side > kTile + 2 * margin ? TileSize{kTile, margin} : whole;
}

}  // namespace

StageRun::StageRun(SamplingPlan plan, const StageInput& input, const RunOptions& options)
    : input_(input),
      plan_(std::move(plan)),
      windows_(plan_.extent, plan_.window),
      device_(options.device),
      random_({input.seed}) {
  const torch::NoGradGuard no_grad;
  noise_ = random_.rows(plan_.extent.height, plan_.extent.width);
  if (const auto& enlarging = plan_.enlarging) {
    const auto& low = enlarging->low;
    const auto grain = random_.draw(low.size(2), low.size(3));
    low_ = enlarging->alpha * low.cpu() + enlarging->sigma * grain;
    factor_ = plan_.extent.height / low.size(2);
  }
  plan_tiles(options.tiles);
  open_next();
}

void StageRun::plan_tiles(std::int64_t tiles_at_once) {
  const auto height = plan_.extent.height / factor_, width = plan_.extent.width / factor_;
  const bool inpaints = input_.edited && input_.edited->mask.defined();
  const auto [tile, margin] = tile_size(plan_, inpaints, std::max(height, width));
  down_ = tiled(height, tile, margin);
  across_ = tiled(width, tile, margin);
  at_once_ = std::max<std::int64_t>(1, tiles_at_once);
  const auto columns = std::ssize(across_.spans);
  passes_ = std::ssize(down_.spans) * ((columns + at_once_ - 1) / at_once_);
}

void StageRun::open_next() {
  open_.clear();
  if (next_down_ == down_.spans.size()) return;
  const auto& down = down_.spans[next_down_];
  const auto band = noise_.read(down.window * factor_, (down.window + down_.window) * factor_);
  const auto end = std::min(across_.spans.size(), next_across_ + std::size_t(at_once_));
  for (; next_across_ < end; ++next_across_) {
    const auto& across = across_.spans[next_across_];
    const auto noise =
        part(band, 0, across.window * factor_, {across_.window * factor_, down_.window * factor_});
    open_.push_back(begun(down, across, noise.to(device_)));
  }
  if (next_across_ == across_.spans.size()) next_across_ = 0, ++next_down_;
  if (next_down_ == down_.spans.size()) noise_ = {};  // it holds the last band
}

StageRun::Tile StageRun::begun(const TileSpan& down, const TileSpan& across, const Tensor& noise) {
  Tile tile{.down = down, .across = across, .low = {}, .solver = {}};
  diffusion::SolverInput input{.schedule = plan_.schedule,
                               .noisy = noise * plan_.schedule.start_scale};
  auto beginning = noise;  // the end of the path that is not the picture
  const auto level = plan_.schedule.steps.front().from;
  if (low_.defined()) {
    const Extent extent{.width = across_.window, .height = down_.window};
    tile.low = part(low_, down.window, across.window, extent).to(device_);
    if (plan_.enlarging->start) beginning = input.noisy = plan_.enlarging->start(tile.low, noise);
  }
  if (plan_.picture.defined()) {
    input.noisy = level.alpha * plan_.picture.to(device_) + level.sigma * noise;
  }
  if (input_.edited && input_.edited->mask.defined()) {
    const bool by_strength = input_.edited->by_strength;  // all places at one level then
    const bool noised = by_strength || input_.settings.known_region == KnownRegion::noised;
    const diffusion::Inpainting inpainting{.picture = input_.edited->picture.to(device_),
                                           .mask = input_.edited->mask.to(device_),
                                           .noise = noised ? beginning : Tensor(),
                                           .by_strength = by_strength};
    input.noisy = diffusion::with_known_region(inpainting, input.noisy, level);
    input.after_step = diffusion::keeping_known_region(inpainting);
  }
  input.noise = [this](const Tensor& like) {
    return random_.draw(like.size(2), like.size(3)).to(like.options());
  };
  tile.solver = diffusion::make_solver(plan_.sampler, std::move(input));
  return tile;
}

std::vector<Row> StageRun::rows(const StageTexts& texts) const {
  std::vector<Row> rows;
  for (const auto& tile : open_) {
    const auto query = tile.solver->next();
    for (std::size_t window = 0; window < windows_.count(); ++window) {
      Row row{.noisy = windows_.cut(query->noisy, window),
              .level = query->level,
              .text = texts.conditional,
              .low = tile.low,
              .low_noise = plan_.enlarging ? plan_.enlarging->noise_level : 0};
      if (texts.joined.empty()) rows.push_back(row);
      for (const auto& joined : texts.joined) {
        row.text = joined.text;
        rows.push_back(row);
      }
      if (!needs_unconditional(texts, query->level)) continue;
      row.text = texts.unconditional;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

/// Whether it guides at this level, or fills up what joined texts lack.
bool StageRun::needs_unconditional(const StageTexts& texts, diffusion::NoiseLevel level) const {
  if (!texts.unconditional) return false;
  return plan_.guidance.guides(level) || !texts.joined.empty();
}

Prediction StageRun::answer_of(std::span<const Prediction>& predictions, const StageTexts& texts,
                               diffusion::NoiseLevel level, std::size_t window) const {
  const auto conditional = predictions.first(texts.conditional_rows());
  predictions = predictions.subspan(conditional.size());
  const Prediction* unconditional = nullptr;
  if (needs_unconditional(texts, level)) {
    unconditional = &predictions.front();
    predictions = predictions.subspan(1);
  }
  auto prediction = conditional.front();
  if (!texts.joined.empty()) {
    std::vector<Tensor> weights;
    for (const auto& each : texts.joined) weights.push_back(windows_.cut(each.weight, window));
    prediction = joined(conditional, unconditional, weights);
  }
  if (unconditional == nullptr || !plan_.guidance.guides(level)) return prediction;
  return diffusion::guided(prediction, *unconditional, plan_.guidance.scale);
}

void StageRun::answer(std::span<const Prediction> predictions, const StageTexts& texts) {
  const torch::NoGradGuard no_grad;
  for (auto& tile : open_) {
    const auto level = tile.solver->next()->level;
    std::vector<Prediction> of_windows;
    for (std::size_t window = 0; window < windows_.count(); ++window) {
      of_windows.push_back(answer_of(predictions, texts, level, window));
    }
    auto prediction = windows_.joined(of_windows);
    if (plan_.bounded) prediction = plan_.bounded(std::move(prediction));
    if (plan_.steered) prediction = plan_.steered(std::move(prediction), level);
    tile.solver->answer(prediction);
  }
  if (open_.front().solver->next()) return;  // all tiles are at the same step
  for (const auto& tile : open_) finish(tile);
  ++pass_;
  open_next();
}

void StageRun::finish(const Tile& tile) {
  const auto& drawn = tile.solver->noisy();
  if (drawn.size(2) == plan_.extent.height && drawn.size(3) == plan_.extent.width) {
    picture_ = drawn;
    return;
  }
  if (!picture_.defined()) {
    picture_ = torch::empty({1, 3, plan_.extent.height, plan_.extent.width});
  }
  const auto& [down, across] = std::pair(tile.down, tile.across);
  const Extent core{.width = (across.end - across.begin) * factor_,
                    .height = (down.end - down.begin) * factor_};
  part(picture_, down.begin * factor_, across.begin * factor_, core)
      .copy_(part(drawn, (down.begin - down.window) * factor_,
                  (across.begin - across.window) * factor_, core));
}

std::int64_t StageRun::steps() const { return passes_ * std::ssize(plan_.schedule.steps); }

std::int64_t StageRun::steps_done() const {
  const auto before = pass_ * std::ssize(plan_.schedule.steps);
  return before + (open_.empty() ? 0 : open_.front().solver->steps_done());
}

Tensor StageRun::preview() const {
  const bool whole = passes_ == 1 && open_.size() == 1;
  return whole ? open_.front().solver->clean() : Tensor();
}

std::vector<Tensor> draw(const std::vector<StageDrawing>& drawings, const Network& network) {
  const torch::NoGradGuard no_grad;
  tensor::Cores cores;
  std::vector<std::unique_ptr<StageRun>> runs;
  for (const auto& [plan, input, texts] : drawings) {
    runs.push_back(std::make_unique<StageRun>(plan, input, RunOptions{.device = network.device()}));
  }
  while (!runs.front()->is_done()) {
    std::vector<Row> rows;
    std::vector<std::size_t> counts;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      auto own = runs[i]->rows(drawings[i].texts);
      counts.push_back(own.size());
      std::ranges::move(own, std::back_inserter(rows));
    }
    const auto predictions = evaluated(network, rows, cores);
    auto rest = std::span(predictions);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      runs[i]->answer(rest.first(counts[i]), drawings[i].texts);
      rest = rest.subspan(counts[i]);
    }
  }
  std::vector<Tensor> pictures;
  for (const auto& run : runs) pictures.push_back(run->picture());
  return pictures;
}

}  // namespace imagine::models
