/// What solvers and networks say to each other: noise levels in, predictions out.
#pragma once

#include <functional>
#include <vector>

#include "tensor/types.h"

namespace imagine::diffusion {

/// One point of a diffusion: noisy = alpha * clean + sigma * noise.
struct NoiseLevel {
  double alpha;
  double sigma;
  double time;  ///< the network's timestep: 0 .. 1 in a flow, else one of the training's
};

/// One step of a sampling.
struct SamplingStep {
  NoiseLevel from, to;
};

/// The noise levels that a sampling visits.
struct SamplingSchedule {
  std::vector<SamplingStep> steps;
  /// What standard normal noise is multiplied by to lie at the first level.
  double start_scale = 1;
  int64_t skipped = 0;  ///< steps before the first one, where img2img begins later
};

/// What a network says about a noisy picture; all [B, 3, H, W].
struct Prediction {
  Tensor clean;
  /// The noise where the network predicts it: thresholding moves `clean` and leaves this alone.
  Tensor noise = {};
  /// Where the variance is learned: -1 (the smallest) .. 1 (the largest) that a step may have.
  Tensor variance = {};

  /// Of pictures begin .. begin + count - 1, without a copy.
  Prediction rows(int64_t begin, int64_t count) const {
    const auto of = [&](const Tensor& all) {
      return all.defined() ? all.narrow(0, begin, count) : all;
    };
    return {.clean = of(clean), .noise = of(noise), .variance = of(variance)};
  }
};

/// Predicts the clean picture inside a noisy one. Solvers know no more of a network.
using Denoiser = std::function<Prediction(const Tensor& noisy, NoiseLevel level)>;

/// The noise that is left in `noisy` if `clean` is right.
inline Tensor noise_beside(const Tensor& clean, const Tensor& noisy, NoiseLevel level) {
  return (noisy - level.alpha * clean) / level.sigma;
}

}  // namespace imagine::diffusion
