#include "cascade/noise.h"

#include <torch/utils.h>

namespace imagine::cascade {

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

}  // namespace imagine::cascade
