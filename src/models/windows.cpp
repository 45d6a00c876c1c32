#include "models/windows.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

namespace imagine::models {
namespace {

using diffusion::Prediction;

constexpr std::int64_t kMultiple = 8;

/// 1 at both ends of a stretch, rising to its middle: [side]
Tensor from_ends(std::int64_t side) {
  const auto at = torch::arange(side, torch::kFloat);
  return torch::minimum(at + 1, double(side) - at);
}

}  // namespace

Extent windowed_extent(double ratio, std::int64_t side) {
  const auto longer = [&](double times) {
    return std::max(side, std::int64_t(std::llround(double(side) * times / kMultiple)) * kMultiple);
  };
  return ratio >= 1 ? Extent{.width = longer(ratio), .height = side}
                    : Extent{.width = side, .height = longer(1 / ratio)};
}

Windows::Windows(Extent picture, std::int64_t side) : picture_(picture), side_(side), begins_{0} {
  const auto rest = std::max(picture.width, picture.height) - side;
  if (side == 0 || rest == 0) return;
  const auto steps = (2 * rest + side - 1) / side;
  for (std::int64_t i = 1; i <= steps; ++i) begins_.push_back(rest * i / steps);
}

Tensor Windows::cut(const Tensor& picture, std::size_t window) const {
  const std::int64_t dim = picture_.width > picture_.height ? 3 : 2;
  if (count() == 1 || picture.size(dim) == 1) return picture;
  return picture.narrow(dim, begins_[window], side_);
}

Tensor Windows::pasted(const std::vector<Tensor>& parts) const {
  if (!parts.front().defined()) return {};
  const auto& like = parts.front();
  const std::int64_t dim = picture_.width > picture_.height ? 3 : 2;
  auto weight = from_ends(side_).to(like.options());
  weight = dim == 3 ? weight.view({1, 1, 1, -1}) : weight.view({1, 1, -1, 1});
  const auto whole = like.new_zeros({like.size(0), like.size(1), picture_.height, picture_.width});
  const auto weights = torch::zeros_like(whole);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    whole.narrow(dim, begins_[i], side_).add_(parts[i] * weight);
    weights.narrow(dim, begins_[i], side_).add_(weight);
  }
  return whole / weights;
}

Prediction Windows::joined(std::span<const Prediction> predictions) const {
  if (count() == 1) return predictions.front();
  const auto of = [&](const auto& member) {
    std::vector<Tensor> parts;
    for (const auto& prediction : predictions) parts.push_back(member(prediction));
    return pasted(parts);
  };
  return {.clean = of([](const Prediction& each) { return each.clean; }),
          .noise = of([](const Prediction& each) { return each.noise; }),
          .variance = of([](const Prediction& each) { return each.variance; })};
}

}  // namespace imagine::models
