/// From noise to a picture, one evaluation of a network after the other.
#pragma once

#include <functional>
#include <optional>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

/// What a solver asks a network: the clean picture inside `noisy`, which lies at `level`.
struct Query {
  Tensor noisy;  // [B, 3, H, W]
  NoiseLevel level;
};

/// Standard normal numbers of the shape of `like`; each call draws new ones.
using NoiseSource = std::function<Tensor(const Tensor& like)>;

/// What a step led to, which lies at `level` -> what goes on from there (see inpainting.h).
using AfterStep = std::function<Tensor(const Tensor& noisy, NoiseLevel level)>;

struct SolverInput {
  SamplingSchedule schedule;
  Tensor noisy;            // [B, 3, H, W], lies at the schedule's first level
  NoiseSource noise = {};  ///< needed by ddpm alone
  AfterStep after_step = {};
};

/// Pictures on their way from noise to clean. Knows no network and owns no loop: who has it asks
/// next(), lets a network predict, and gives the answer. Not for use by two threads at once.
class Solver {
 public:
  virtual ~Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  /// What is to be predicted now, the same until it is answered; nullopt: the picture is done.
  std::optional<Query> next() const;
  /// Takes the prediction that next() asked for. Some steps ask twice.
  void answer(const Prediction& prediction);

  /// The latest guess of the clean picture, for a preview; undefined before the first answer.
  const Tensor& clean() const { return clean_; }
  /// Where the way has come to; once next() gives nullopt, the picture.
  const Tensor& noisy() const { return noisy_; }
  int64_t steps_done() const { return int64_t(index_); }
  int64_t steps() const { return int64_t(schedule_.steps.size()); }

 protected:
  explicit Solver(SolverInput input);

  const SamplingSchedule& schedule() const { return schedule_; }
  const SamplingStep& step() const { return schedule_.steps[index_]; }
  Tensor new_noise(const Tensor& like) const { return noise_(like); }

 private:
  /// The first prediction of a step -> where the step leads.
  virtual Tensor advance(const Prediction& prediction) = 0;
  /// Whether the present step wants a prediction where it leads before it is done.
  virtual bool asks_again() const { return false; }
  /// `next` and the prediction there -> where the step leads after all.
  virtual Tensor correct(const Tensor& /*next*/, const Prediction& /*prediction*/) { return {}; }

  void finish_step(const Tensor& next);

  SamplingSchedule schedule_;
  NoiseSource noise_;
  AfterStep after_step_;
  Tensor noisy_, clean_;
  Tensor tentative_;  // where the present step leads, if it asked again
  std::size_t index_ = 0;
};

/// A moment of the sampling, for progress and previews.
struct StepDone {
  int64_t index;  ///< from 0
  int64_t count;
  Tensor clean;  ///< [B, 3, H, W], the present guess
};

/// Answers whether to go on.
using OnStep = std::function<bool(const StepDone&)>;

/// Asks the denoiser until the picture is done, and returns it: [B, 3, H, W]. Interrupted where
/// `on_step` answers no.
Tensor sample(Solver& solver, const Denoiser& denoise, const OnStep& on_step = {});

}  // namespace imagine::diffusion
