#include "models/palette_steering.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "models/control_input.h"
#include "tensor/pixels.h"

namespace imagine::models {
namespace {

// Of the noise: colours are moved wholly while more is left, and not at all while less is. The two
// and the variety are of the embedded model, looked at and measured on held-out palettes.
constexpr double kAll = 0.5, kNone = 0.15;

double noise_left(diffusion::NoiseLevel level) { return level.sigma / (level.alpha + level.sigma); }

/// How far colours are moved while that part of noise is left.
double share_at(double left) { return std::clamp((left - kNone) / (kAll - kNone), 0.0, 1.0); }

/// The noise that is left when that part of the steps is over.
double noise_after(double part, const diffusion::SamplingSchedule& schedule) {
  const auto& steps = schedule.steps;
  const auto all = std::ssize(steps) + schedule.skipped;
  constexpr double kRounding = 1e-6;  // of a step
  const auto over = std::int64_t(std::ceil(part * double(all) - kRounding));
  const auto step = std::max<std::int64_t>(0, over - schedule.skipped);
  return step < std::ssize(steps) ? noise_left(steps[std::size_t(step)].from) : -1;
}

}  // namespace

Steering steering_by(const Control& control, const diffusion::SamplingSchedule& schedule) {
  if (control.palette.empty()) return {};
  const auto move = palette_move(control.palette);
  const auto end = noise_after(control.until, schedule);
  const auto strength = std::min(1.0, control.strength);
  return [=](diffusion::Prediction prediction, diffusion::NoiseLevel level) {
    const auto left = noise_left(level);
    const auto share = left > end ? strength * share_at(left) : 0;
    if (share == 0) return prediction;
    auto& clean = prediction.clean;
    const auto as_bytes = tensor::to_images(clean.cpu()).front();
    const auto moved = tensor::to_pixels({io::moved_to(as_bytes, move)});
    const auto change = moved - tensor::to_pixels({as_bytes});
    clean = clean + share * change.to(clean.options());
    return prediction;
  };
}

}  // namespace imagine::models
