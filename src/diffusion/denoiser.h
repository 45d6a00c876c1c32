/// What samplers and networks say to each other: noise levels in, predictions out.
#pragma once

#include <functional>
#include <vector>

#include "core/types.h"

namespace imagine::diffusion {

/// One point of a diffusion: noisy = alpha * clean + sigma * noise.
struct NoiseLevel {
  double alpha;
  double sigma;
  double time;  ///< what the network is told of it: 0 .. 1 in a flow, else a training timestep
};

/// One step of a sampling.
struct Stride {
  NoiseLevel from, to;
};

/// The levels that a sampling visits.
struct Path {
  std::vector<Stride> strides;
  /// What standard normal noise is multiplied by to lie at the first level.
  double start_scale = 1;
  int64_t left_out = 0;  ///< steps before the first one, where a walk begins later
};

/// What a network says about a noisy picture; all [B, 3, H, W].
struct Prediction {
  Tensor clean;
  /// The noise where the network predicts it: thresholding moves `clean` and leaves this alone.
  Tensor noise = {};
  /// Where the variance is learned: -1 (the smallest) .. 1 (the largest) that a step may have.
  Tensor variance = {};
};

/// Predicts the clean picture inside a noisy one. Samplers know no more of a network.
using Denoiser = std::function<Prediction(const Tensor& noisy, NoiseLevel level)>;

/// The noise that is left in `noisy` if `clean` is right.
inline Tensor noise_beside(const Tensor& clean, const Tensor& noisy, NoiseLevel level) {
  return (noisy - level.alpha * clean) / level.sigma;
}

}  // namespace imagine::diffusion
