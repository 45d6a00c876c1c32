#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

class Ddim : public Solver {
 public:
  Ddim(double velocity_floor, SolverInput input)
      : Solver(std::move(input)), velocity_floor_(velocity_floor) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    const auto& [from, to] = step();
    const auto& [clean, noise, variance] = prediction;
    if (velocity_floor_ > 1 - from.alpha) {
      return torch::lerp(noisy(), clean, (to.alpha - from.alpha) / velocity_floor_);
    }
    const auto direction = noise.defined() ? noise : noise_beside(clean, noisy(), from);
    return to.alpha * clean + to.sigma * direction;
  }

  double velocity_floor_;
};

}  // namespace

std::unique_ptr<Solver> make_ddim(const Sampler& sampler, SolverInput input) {
  return std::make_unique<Ddim>(sampler.velocity_floor, std::move(input));
}

}  // namespace imagine::diffusion
