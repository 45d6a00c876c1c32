/// Noise levels, and the straight path between noise and picture (flow matching).
#pragma once

#include <functional>

#include "core/types.h"

namespace imagine::diffusion {

/// One point of a diffusion: noisy = alpha * clean + sigma * noise.
struct NoiseLevel {
  double alpha;
  double sigma;
};

/// Predicts the clean picture [B, 3, H, W] inside a noisy one. Samplers know no more of a network.
using Denoiser = std::function<Tensor(const Tensor& noisy, NoiseLevel level)>;

/// The straight path of Lipman et al. 2022: alpha = t, sigma = 1 - t, t from 0 (noise) to 1
/// (clean).
inline NoiseLevel flow_level(double t) { return {.alpha = t, .sigma = 1 - t}; }

/// The t of any level's ratio of signal to noise; what a flow network is told.
inline double flow_time(NoiseLevel level) { return level.alpha / (level.alpha + level.sigma); }

/// clean, noise [B, 3, H, W], t [B] -> t * clean + (1 - t) * noise
Tensor mix(const Tensor& clean, const Tensor& noise, const Tensor& t);

/// Stratified logit-normal times [count]: one draw in each of `count` equal slices of the
/// distribution, so that every batch covers it (Esser et al. 2024, sec. 3.1, for the distribution).
Tensor logit_normal_times(int64_t count, double mean, double std, torch::Generator& generator);

/// The velocity loss of a predicted clean picture: |predicted - clean|² / max(1 - t, 0.05)², its
/// mean over pixels, for each picture: [B] (Li and He 2025, "Back to basics", the x-prediction
/// row).
Tensor velocity_loss(const Tensor& predicted, const Tensor& clean, const Tensor& t);

}  // namespace imagine::diffusion
