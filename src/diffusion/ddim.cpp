#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

class Ddim : public Solver {
 public:
  explicit Ddim(SolverInput input) : Solver(std::move(input)) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    const auto& [from, to] = step();
    const auto& [clean, noise, variance] = prediction;
    const auto direction = noise.defined() ? noise : noise_beside(clean, noisy(), from);
    return to.alpha * clean + to.sigma * direction;
  }
};

}  // namespace

std::unique_ptr<Solver> make_ddim(SolverInput input) {
  return std::make_unique<Ddim>(std::move(input));
}

}  // namespace imagine::diffusion
