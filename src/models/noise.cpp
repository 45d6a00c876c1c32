#include "models/noise.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

namespace imagine::models {
namespace {

/// LibTorch draws normal numbers sixteen at a time, so that a drawing may be cut behind any of
/// these groups; one of another length draws its last sixteen again.
constexpr int64_t kGroup = 16;

void skip(torch::Generator& generator, int64_t count) {
  constexpr int64_t kAtOnce = int64_t(1) << 20;
  auto numbers = torch::empty({std::min(kAtOnce, count)}, torch::kFloat);
  for (; count > 0; count -= kAtOnce) {
    numbers.narrow(0, 0, std::min(kAtOnce, count)).normal_(0, 1, generator);
  }
}

}  // namespace

PictureNoise::PictureNoise(const std::vector<std::uint64_t>& seeds) {
  for (const auto seed : seeds) generators_.push_back(at::detail::createCPUGenerator(seed));
}

Tensor PictureNoise::draw(int64_t height, int64_t width) {
  std::vector<Tensor> rows;
  for (auto& generator : generators_) {
    rows.push_back(torch::randn({3, height, width}, generator, torch::kFloat));
  }
  return torch::stack(rows);
}

PictureNoise::Rows PictureNoise::rows(int64_t height, int64_t width) {
  Rows rows;
  rows.height_ = height, rows.width_ = width;
  if (height * width % kGroup != 0) {
    rows.held_ = draw(height, width);
    rows.drawn_ = height;
    return rows;
  }
  for (auto& generator : generators_) {
    for (int colour = 0; colour < 3; ++colour) {
      rows.planes_.push_back(generator.clone());
      skip(generator, height * width);
    }
  }
  rows.held_ = torch::empty({std::ssize(generators_), 3, 0, width}, torch::kFloat);
  return rows;
}

Tensor PictureNoise::Rows::read(int64_t begin, int64_t end) {
  const auto group = kGroup / std::gcd(kGroup, width_);  // rows
  const auto wanted = std::min(height_, (end + group - 1) / group * group);
  if (wanted > drawn_) {
    std::vector<Tensor> planes;
    for (auto& plane : planes_) {
      planes.push_back(torch::randn({wanted - drawn_, width_}, plane, torch::kFloat));
    }
    const auto gone = std::min(begin, drawn_) - first_;
    const auto kept = held_.narrow(2, gone, held_.size(2) - gone);
    held_ = torch::cat({kept, torch::stack(planes).unflatten(0, {-1, 3})}, 2);
    first_ += gone, drawn_ = wanted;
  }
  return held_.narrow(2, begin - first_, end - begin);
}

}  // namespace imagine::models
