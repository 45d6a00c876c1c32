/// The solvers; see make_solver().
#pragma once

#include <algorithm>
#include <cmath>

#include "diffusion/sampler.h"

namespace imagine::diffusion {

/// The posterior of Ho et al. 2020, eq. 6 and 7, with noise after every step but the last. Its
/// variance may be learned (Nichol and Dhariwal 2021, eq. 15). One evaluation a step.
std::unique_ptr<Solver> make_ddpm(const Sampler& sampler, SolverInput input);

/// Song et al. 2020, eq. 12, without noise: on a straight path Euler's method. One evaluation a
/// step.
std::unique_ptr<Solver> make_ddim(const Sampler& sampler, SolverInput input);

/// Heun's method: the slope is averaged with the one at the far end (Karras et al. 2022, algorithm
/// 1). Two evaluations a step, one at the last.
std::unique_ptr<Solver> make_heun(const Sampler& sampler, SolverInput input);

/// DPM-Solver++, multistep, data prediction (Lu et al. 2022, "DPM-Solver++", algorithm 2). One
/// evaluation a step.
std::unique_ptr<Solver> make_dpm_solver(const Sampler& sampler, SolverInput input);

/// UniPC, data prediction (Zhao et al. 2023, algorithms 5 and 6): each evaluation corrects the step
/// before it and predicts the next one.
std::unique_ptr<Solver> make_unipc(const Sampler& sampler, SolverInput input);

/// Whether its steps look back at earlier predictions.
inline bool is_multistep(Algorithm algorithm) {
  return algorithm == Algorithm::dpm_solver || algorithm == Algorithm::unipc;
}

/// Half the logarithm of the signal-to-noise ratio. The ends are kept finite.
inline double half_log_snr(NoiseLevel level) {
  constexpr double kEnd = 1e-5;
  return std::log(std::max(level.alpha, kEnd)) - std::log(std::max(level.sigma, kEnd));
}

/// e^-h of a step in which the half log SNR grows by h; exact at both ends.
inline double decay(const SamplingStep& step) {
  return step.from.alpha * step.to.sigma / (step.from.sigma * step.to.alpha);
}

}  // namespace imagine::diffusion
