/// The straight path between noise and picture (flow matching).
#pragma once

#include <vector>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

/// The straight path of Lipman et al. 2022: alpha = t, sigma = 1 - t, t from 0 (noise) to 1
/// (clean).
inline NoiseLevel flow_level(double t) { return {.alpha = t, .sigma = 1 - t, .time = t}; }

/// From t = `begin` (0: noise) to 1 (clean) in `count` steps, spaced evenly in t after the shift
/// t / (t + shift (1 - t)) of 0 .. 1; shift > 1 spends more steps on high noise (Esser et al. 2024,
/// sec. 5.3.2). ConfigError for no steps.
SamplingSchedule flow_schedule(int64_t count, double shift = 1, double begin = 0);

/// The shift with which the first of `count` steps from noise ends at t = `first_step`; 1, which is
/// even steps, where that is 0 or one step is all.
double shift_for(int64_t count, double first_step);

/// clean, noise [B, 3, H, W], t [B] -> t * clean + (1 - t) * noise
Tensor mix(const Tensor& clean, const Tensor& noise, const Tensor& t);

/// Stratified logit-normal times [count] on the generator's device: one draw in each of `count`
/// equal slices of the distribution, so that every batch covers it (Esser et al. 2024, sec. 3.1,
/// for the distribution).
Tensor logit_normal_times(int64_t count, double mean, double std, torch::Generator& generator);

/// The velocity loss of a predicted clean picture: |predicted - clean|² / max(1 - t, 0.05)², its
/// mean over pixels, for each picture: [B] (Li and He 2025, "Back to basics", the x-prediction
/// row).
Tensor velocity_loss(const Tensor& predicted, const Tensor& clean, const Tensor& t);

}  // namespace imagine::diffusion
