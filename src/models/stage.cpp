#include "models/stage.h"

#include <torch/utils.h>

namespace imagine::models {
namespace {

template <class Of>
Tensor column(std::span<const Row> rows, const Of& of) {
  std::vector<float> values;
  for (const auto& row : rows) values.push_back(float(of(row)));
  return torch::tensor(values).to(rows.front().noisy.device());
}

template <class Of>
Tensor stacked(std::span<const Row> rows, const Of& of) {
  if (rows.size() == 1) return of(rows.front());
  std::vector<Tensor> all;
  for (const auto& row : rows) all.push_back(of(row));
  return torch::cat(all);
}

}  // namespace

std::vector<Region> regions_of(std::span<const RegionText> texts) {
  std::vector<Region> regions;
  for (const auto& text : texts) regions.push_back(text.region);
  return regions;
}

Tensor noisy_of(std::span<const Row> rows) {
  return stacked(rows, [](const Row& row) { return row.noisy; });
}

Tensor low_of(std::span<const Row> rows) {
  if (!rows.front().low.defined()) return {};
  return stacked(rows, [](const Row& row) { return row.low; });
}

Tensor times_of(std::span<const Row> rows) {
  return column(rows, [](const Row& row) { return row.level.time; });
}

Tensor low_noise_of(std::span<const Row> rows) {
  return column(rows, [](const Row& row) { return row.low_noise; });
}

}  // namespace imagine::models
