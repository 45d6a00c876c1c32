#include "train/moved_views.h"

#include <torch/utils.h>

namespace imagine::train {
namespace {

constexpr double kBefore = 0.4;  // layouts are decided by then
constexpr double kMoved = 0.5;   // of those rows
constexpr double kSmallest = 0.6;

/// Along one direction: where the things begin [B], and how long they are together, in parts of the
/// side; things [B, S, S].
struct Reach {
  Tensor begin, length;
};

Reach reach_of(const Tensor& things, int64_t over) {
  const auto seen = things.amax(over).gt(0);  // [B, S]
  const auto side = seen.size(1);
  const auto places = torch::arange(side, torch::kFloat).to(things.device());
  const auto begin = torch::where(seen, places, double(side)).amin(1) / double(side);
  const auto end = torch::where(seen, places + 1, 0.0).amax(1) / double(side);
  return {.begin = begin, .length = end - begin};
}

/// Where each of S places along a direction was before, -1 .. 1: [B, S].
Tensor places_before(const Reach& reach, const Tensor& scale, const Tensor& chance, int64_t side) {
  const auto begin = chance * (1 - scale * reach.length);  // of the things, as they lie now
  const auto places = (torch::arange(side, scale.options()) + 0.5) / double(side);
  const auto before =
      (places.unsqueeze(0) - begin.unsqueeze(1)) / scale.unsqueeze(1) + reach.begin.unsqueeze(1);
  return before * 2 - 1;
}

}  // namespace

Batch moved_views(const Batch& batch, const Tensor& t, const Tensor& chance) {
  const torch::NoGradGuard no_grad;
  const auto things = batch.annotations.labels.select(1, 0);  // [B, S, S]
  const auto moves = t.lt(kBefore)
                         .logical_and(chance.select(1, 0).lt(kMoved))
                         .logical_and(things.flatten(1).amax(1).gt(0))
                         .view({-1, 1, 1, 1});
  const auto scale = kSmallest + (1 - kSmallest) * chance.select(1, 1);
  const auto side = things.size(2);
  const auto x = places_before(reach_of(things, 1), scale, chance.select(1, 2), side);
  const auto y = places_before(reach_of(things, 2), scale, chance.select(1, 3), side);
  const auto grid = torch::stack(
      {x.unsqueeze(1).expand({-1, side, -1}), y.unsqueeze(2).expand({-1, -1, side})}, 3);
  const auto seen_from_there = [&](const Tensor& all, int64_t interpolation) {
    const auto moved = torch::grid_sampler_2d(all.to(torch::kFloat), grid, interpolation,
                                              /*border*/ 1, /*align_corners=*/false);
    return torch::where(moves, moved.to(all.dtype()), all);
  };
  auto result = batch;
  result.pixels = seen_from_there(batch.pixels, /*bilinear*/ 0);
  result.annotations.labels = seen_from_there(batch.annotations.labels, /*nearest*/ 1);
  return result;
}

}  // namespace imagine::train
