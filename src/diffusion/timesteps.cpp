#include "diffusion/timesteps.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.h"

namespace imagine::diffusion {
namespace {

using Counts = std::vector<int64_t>;

/// How many timesteps to take from each of as many equal parts of the schedule, lowest noise first
/// (deep-floyd/IF, modules/base.py); in the order of TimestepList.
const std::array<Counts, 8>& respacings() {
  static const std::array<Counts, 8> all = {{
      {10, 10, 3, 2, 2},
      {7, 4, 2, 1, 2, 4, 7},
      {10, 6, 4, 3, 2, 2, 3, 4, 6, 10},
      {1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 7, 8, 9, 10, 13},
      {1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20},
      {1, 1, 1, 1, 1, 1, 1, 2, 5, 13},
      {2, 2, 2, 2, 2, 2, 3, 4, 6, 15},
      {4, 4, 6, 6, 8, 8, 10, 10, 14, 30},
  }};
  return all;
}

std::vector<int64_t> respaced(const Counts& counts) {
  constexpr int64_t kTimesteps = 1000;
  const auto parts = int64_t(counts.size());
  std::vector<int64_t> timesteps;
  int64_t start = 0;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t size = kTimesteps / parts + (part < kTimesteps % parts ? 1 : 0);
    const int64_t count = counts[std::size_t(part)];
    const double stride = count > 1 ? double(size - 1) / double(count - 1) : 1;
    double at = 0;  // summed up as the original does: a product rounds otherwise
    for (int64_t i = 0; i < count; ++i, at += stride) {
      timesteps.push_back(start + int64_t(std::nearbyint(at)));
    }
    start += size;
  }
  std::reverse(timesteps.begin(), timesteps.end());
  return timesteps;
}

}  // namespace

Spacing spacing_named(const std::string& name) {
  if (name == "linspace") return Spacing::linspace;
  if (name == "leading") return Spacing::leading;
  if (name == "trailing") return Spacing::trailing;
  throw ConfigError(
      concat("timestep_spacing: expected linspace, leading or trailing, got \"", name, '"'));
}

std::vector<int64_t> timesteps_of(TimestepList list) {
  return respaced(respacings().at(std::size_t(list)));
}

}  // namespace imagine::diffusion
