#include "evaluate/line_match.h"

#include <cmath>

#include <torch/utils.h>

namespace imagine::evaluate {
namespace {

/// 1 within `reach` pixels of any line.
Tensor widened(const Tensor& lines, double reach) {
  const auto radius = int64_t(reach);
  const auto away = torch::arange(-radius, radius + 1, lines.options()).square();
  const auto disc = (away.unsqueeze(0) + away.unsqueeze(1) <= reach * reach).to(torch::kFloat);
  const auto sums =
      torch::conv2d(lines.unsqueeze(0).unsqueeze(0), disc.unsqueeze(0).unsqueeze(0), {}, 1, radius);
  return (sums > 0.5).to(torch::kFloat)[0][0];
}

/// Which share of the one lies on the other.
double share_on(const Tensor& lines, const Tensor& wide) {
  return (lines * wide).sum().item<double>() / lines.sum().item<double>();
}

}  // namespace

double line_match(const Tensor& drawn, const Tensor& told, double reach) {
  const bool has_drawn = drawn.any().item<bool>(), has_told = told.any().item<bool>();
  if (!has_drawn || !has_told) return has_drawn == has_told ? 1 : 0;
  const double precision = share_on(drawn, widened(told, reach));
  const double recall = share_on(told, widened(drawn, reach));
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

}  // namespace imagine::evaluate
