/// Samplers by name: which solver leads from noise to a picture, and how.
#pragma once

#include <memory>
#include <string>

#include "diffusion/solver.h"
#include "imagine/request.h"

namespace imagine::diffusion {

enum class Algorithm { ddpm, ddim, dpm_solver, unipc, heun };

struct Sampler {
  Algorithm algorithm = Algorithm::dpm_solver;
  int64_t order = 2;      ///< of dpm_solver and unipc: 1 .. 3
  bool karras = false;    ///< the levels of Karras et al. 2022, eq. 5, instead of even timesteps
  bool straight = false;  ///< heun: averages slopes of the straight path, not of x / alpha
  /// ddim on a straight path: a step goes as if at least so much of the way were left, which the
  /// last ones do not cover then. 0: exact.
  double velocity_floor = 0;
  bool lower_order_final = true;  ///< the last steps of a short schedule are of lower order
  bool euler_at_final = false;
  bool midpoint = true;                  ///< dpm_solver of order 2: else Heun's weights
  bool bh2 = true;                       ///< unipc: B(h) = e^h - 1, else h
  std::string variance = "fixed_small";  ///< ddpm: of the noise that a step adds

  /// How often a step asks the network, at most.
  int64_t evaluations_per_step() const { return algorithm == Algorithm::heun ? 2 : 1; }
};

Sampler sampler_of(SamplerName name);

/// The name by which sampler_of() gives such an algorithm, order and spacing of levels.
SamplerName name_of(const Sampler& sampler);

std::unique_ptr<Solver> make_solver(const Sampler& sampler, SolverInput input);

/// sample() with the solver that the sampler names.
Tensor sample(const Sampler& sampler, SolverInput input, const Denoiser& denoise,
              const OnStep& on_step = {});

}  // namespace imagine::diffusion
