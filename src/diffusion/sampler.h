/// From noise to a picture: functions over a function.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "diffusion/flow.h"

namespace imagine::diffusion {

/// A moment of the sampling, for progress and previews.
struct Step {
  int64_t index;  ///< from 0
  int64_t count;
  Tensor clean;  ///< [B, 3, H, W], the present guess
};

/// Answers whether to go on.
using OnStep = std::function<bool(const Step&)>;

/// The times of a sampling, from `begin` (0: noise) to 1 (clean): count + 1 of them, spaced evenly
/// in t after the shift t / (t + shift (1 - t)) of 0 .. 1; shift > 1 spends more steps on high
/// noise (Esser et al. 2024, sec. 5.3.2).
std::vector<double> flow_times(int64_t count, double shift = 1, double begin = 0);

/// Walks `noisy` [B, 3, H, W], which lies at times[0], to times.back(). Where `on_step` answers no,
/// Interrupted is thrown.
using Sampler = std::function<Tensor(const Denoiser& denoise, Tensor noisy,
                                     const std::vector<double>& times, const OnStep& on_step)>;

/// Euler's method on dz/dt = (clean - z) / (1 - t). One evaluation a step.
Tensor sample_euler(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                    const OnStep& on_step);

/// Heun's method: the slope is averaged with the one at the far end. Two evaluations a step, one at
/// the last (Karras et al. 2022, algorithm 1).
Tensor sample_heun(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                   const OnStep& on_step);

/// DPM-Solver++(2M), data prediction, first order at the first and the last step
/// (Lu et al. 2022, algorithm 2). One evaluation a step.
Tensor sample_dpm_solver(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                         const OnStep& on_step);

/// "euler", "heun" or "dpm++"; else a ConfigError that lists them.
Sampler sampler_named(const std::string& name);

}  // namespace imagine::diffusion
