#include "diffusion/solver.h"

#include <utility>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::diffusion {

Solver::Solver(SolverInput input)
    : schedule_(std::move(input.schedule)),
      noise_(std::move(input.noise)),
      after_step_(std::move(input.after_step)),
      noisy_(std::move(input.noisy)) {}

std::optional<Query> Solver::next() const {
  if (index_ == schedule_.steps.size()) return std::nullopt;
  if (tentative_.defined()) return Query{.noisy = tentative_, .level = step().to};
  return Query{.noisy = noisy_, .level = step().from};
}

void Solver::answer(const Prediction& prediction) {
  if (tentative_.defined()) {
    const auto next = std::exchange(tentative_, {});
    return finish_step(correct(next, prediction));
  }
  clean_ = prediction.clean;
  auto next = advance(prediction);
  if (asks_again()) {
    tentative_ = std::move(next);
  } else {
    finish_step(next);
  }
}

void Solver::finish_step(const Tensor& next) {
  noisy_ = after_step_ ? after_step_(next, step().to) : next;
  ++index_;
}

Tensor sample(Solver& solver, const Denoiser& denoise, const OnStep& on_step) {
  while (const auto query = solver.next()) {
    const auto done = solver.steps_done();
    solver.answer(denoise(query->noisy, query->level));
    if (solver.steps_done() == done || !on_step) continue;
    if (!on_step({.index = done, .count = solver.steps(), .clean = solver.clean()})) {
      throw Interrupted("stopped before the picture was finished");
    }
  }
  return solver.noisy();
}

}  // namespace imagine::diffusion
