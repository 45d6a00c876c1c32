#include "models/regions.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::models {
namespace {

constexpr std::int64_t kFiner = 8;  // of a square's side: what coverage is measured in
constexpr double kSharp = 1e-6;

bool is_rest(const Region& region) { return region.box.width <= 0 && region.box.height <= 0; }

/// Along one side from `begin` on, over `count` middles of 0 .. 1: 1 inside, fading over `feather`
/// around both ends, but not where the picture ends too.
Tensor inside(double begin, double length, double feather, std::int64_t count) {
  const auto at = (torch::arange(count, torch::kDouble) + 0.5) / double(count);
  constexpr double kFar = 2;
  const double first = begin <= 0 ? -kFar : begin;
  const double last = begin + length >= 1 ? kFar : begin + length;
  const auto from_edge = torch::minimum(at - first, last - at);
  return (from_edge / std::max(feather, kSharp) + 0.5).clamp(0, 1);
}

/// [rows, columns]
Tensor share_of(const Region& region, Extent grid) {
  const auto& [x, y, width, height] = region.box;
  const double feather = region.feather * std::min(width, height);
  const auto down = inside(y, height, feather, grid.height * kFiner);
  const auto across = inside(x, width, feather, grid.width * kFiner);
  const auto fine = torch::outer(down, across).view({1, 1, grid.height * kFiner, -1});
  return torch::avg_pool2d(fine, kFiner).view({grid.height, grid.width}).to(torch::kFloat);
}

/// How much of the picture's own words is left at each place: [rows, columns]
Tensor left_of(const Tensor& shares, const std::vector<Region>& regions) {
  auto left = torch::ones_like(shares[0]);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    left = left - regions[i].strength * shares[std::int64_t(i)];
  }
  return left.clamp_min(0);
}

}  // namespace

Tensor region_shares(const std::vector<Region>& regions, Extent grid) {
  std::vector<Tensor> shares;
  auto rest = torch::ones({grid.height, grid.width});
  for (const auto& region : regions) {
    if (!is_rest(region)) rest = (rest - share_of(region, grid)).clamp_min(0);
  }
  for (const auto& region : regions) {
    shares.push_back(is_rest(region) ? rest : share_of(region, grid));
  }
  return torch::stack(shares);
}

std::vector<Tensor> region_biases(const std::vector<Region>& regions, Extent grid) {
  const auto shares = region_shares(regions, grid);
  const auto bias = [](const Tensor& share) { return share.log().view({1, 1, -1, 1}); };
  std::vector<Tensor> biases = {bias(left_of(shares, regions))};
  for (std::size_t i = 0; i < regions.size(); ++i) biases.push_back(bias(shares[std::int64_t(i)]));
  return biases;
}

Tensor region_weights(const std::vector<Region>& regions, Extent grid) {
  const auto shares = region_shares(regions, grid);
  std::vector<Tensor> weights = {left_of(shares, regions)};
  for (std::size_t i = 0; i < regions.size(); ++i) {
    weights.push_back(regions[i].strength * shares[std::int64_t(i)]);
  }
  const auto all = torch::stack(weights);
  return all / all.sum(0, /*keepdim=*/true);
}

}  // namespace imagine::models
