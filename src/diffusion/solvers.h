/// The ways of walking a path; see sample().
#pragma once

#include <algorithm>
#include <cmath>

#include "diffusion/sampler.h"

namespace imagine::diffusion {

/// The posterior of Ho et al. 2020, eq. 6 and 7, with noise after every step but the last. Its
/// variance may be learned (Nichol and Dhariwal 2021, eq. 15). One evaluation a step.
Tensor walk_ddpm(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk);

/// Song et al. 2020, eq. 12, without noise: on a straight path Euler's method. One evaluation a
/// step.
Tensor walk_ddim(const Denoiser& denoise, Tensor noisy, const Walk& walk);

/// Heun's method: the slope is averaged with the one at the far end (Karras et al. 2022, algorithm
/// 1). Two evaluations a step, one at the last.
Tensor walk_heun(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk);

/// DPM-Solver++, multistep, data prediction (Lu et al. 2022, "DPM-Solver++", algorithm 2). One
/// evaluation a step.
Tensor walk_dpm_solver(const Method& method, const Denoiser& denoise, Tensor noisy,
                       const Walk& walk);

/// UniPC, data prediction (Zhao et al. 2023, algorithms 5 and 6): each evaluation corrects the step
/// before it and predicts the next one.
Tensor walk_unipc(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk);

/// What every solver does at the end of step `index`: applies after_step, reports.
Tensor finish_step(const Walk& walk, std::size_t index, const Tensor& after, const Tensor& clean);

/// Half the logarithm of the signal-to-noise ratio. The ends are kept finite.
inline double half_log_snr(NoiseLevel level) {
  constexpr double kEnd = 1e-5;
  return std::log(std::max(level.alpha, kEnd)) - std::log(std::max(level.sigma, kEnd));
}

/// e^-h of a stride whose half log SNR grows by h; exact at both ends.
inline double decay(const Stride& stride) {
  return stride.from.alpha * stride.to.sigma / (stride.from.sigma * stride.to.alpha);
}

}  // namespace imagine::diffusion
