#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

/// The coordinates in which slopes are averaged: y = noisy / scale along the clock u.
struct Frame {
  double (*scale)(NoiseLevel);
  double (*clock)(NoiseLevel);
  Tensor (*slope)(const Tensor& clean, const Tensor& noise);  // dy/du
};

constexpr Frame kStraight = {
    .scale = [](NoiseLevel level) { return level.alpha + level.sigma; },
    .clock = [](NoiseLevel level) { return level.alpha / (level.alpha + level.sigma); },
    .slope = [](const Tensor& clean, const Tensor& noise) { return clean - noise; }};

constexpr Frame kExploding = {.scale = [](NoiseLevel level) { return level.alpha; },
                              .clock = [](NoiseLevel level) { return level.sigma / level.alpha; },
                              .slope = [](const Tensor&, const Tensor& noise) { return noise; }};

}  // namespace

Tensor walk_heun(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk) {
  const auto& frame = method.straight ? kStraight : kExploding;
  for (std::size_t i = 0; i < walk.path.strides.size(); ++i) {
    const auto& [from, to] = walk.path.strides[i];
    const double width = frame.clock(to) - frame.clock(from);
    const auto step = [&, from = from, to = to](const Tensor& slope) {
      return (noisy / frame.scale(from) + width * slope) * frame.scale(to);
    };
    const auto slope_at = [&](const Tensor& x, const Tensor& clean, NoiseLevel level) {
      return frame.slope(clean, noise_beside(clean, x, level));
    };
    const auto clean = denoise(noisy, from).clean;
    const auto here = slope_at(noisy, clean, from);
    auto next = step(here);
    if (to.sigma > 0) {
      next = step((here + slope_at(next, denoise(next, to).clean, to)) / 2);
    }
    noisy = finish_step(walk, i, next, clean);
  }
  return noisy;
}

}  // namespace imagine::diffusion
