#include "diffusion/thresholding.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::diffusion {
namespace {

/// Of each row of [B, n], between its neighbours where it falls between two, as torch::quantile:
/// but only what lies above is put in order. [B]
Tensor quantile_of(const Tensor& values, double quantile) {
  const auto count = values.size(1);
  const double place = quantile * double(count - 1);
  const auto below = std::int64_t(place);
  const auto above = std::get<0>(values.topk(count - below, 1));  // falling
  const auto last = above.size(1) - 1;
  const auto low = above.select(1, last),
             high = above.select(1, std::max<std::int64_t>(last - 1, 0));
  return torch::lerp(low, high, place - double(below));
}

}  // namespace

Prediction thresholded(Prediction prediction, double quantile, double cap) {
  const auto limit = quantile_of(prediction.clean.flatten(1).abs(), quantile)
                         .clamp(1, cap)
                         .view({-1, 1, 1, 1});  // [B, 1, 1, 1]
  prediction.clean = prediction.clean.clamp(-limit, limit) / limit;
  return prediction;
}

Prediction clipped(Prediction prediction, double range) {
  prediction.clean = prediction.clean.clamp(-range, range);
  return prediction;
}

}  // namespace imagine::diffusion
