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

class Heun : public Solver {
 public:
  Heun(const Sampler& sampler, SolverInput input)
      : Solver(std::move(input)), frame_(sampler.straight ? kStraight : kExploding) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    here_ = slope_at(noisy(), prediction.clean, step().from);
    return along(here_);
  }

  bool asks_again() const override { return step().to.sigma > 0; }

  Tensor correct(const Tensor& next, const Prediction& prediction) override {
    return along((here_ + slope_at(next, prediction.clean, step().to)) / 2);
  }

  Tensor slope_at(const Tensor& x, const Tensor& clean, NoiseLevel level) const {
    return frame_.slope(clean, noise_beside(clean, x, level));
  }

  /// The step from where we are with that slope.
  Tensor along(const Tensor& slope) const {
    const auto& [from, to] = step();
    const double width = frame_.clock(to) - frame_.clock(from);
    return (noisy() / frame_.scale(from) + width * slope) * frame_.scale(to);
  }

  Frame frame_;
  Tensor here_;  // the slope at the step's beginning
};

}  // namespace

std::unique_ptr<Solver> make_heun(const Sampler& sampler, SolverInput input) {
  return std::make_unique<Heun>(sampler, std::move(input));
}

}  // namespace imagine::diffusion
