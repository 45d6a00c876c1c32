/// Classifier-free guidance: a function of two predictions.
#pragma once

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

struct GuidanceOptions {
  double scale = 3;  ///< 1: none
  double begin = 0;  ///< guided where begin <= alpha / (alpha + sigma) < end ...
  double end = 1;  ///< ... (Kynkäänniemi et al. 2024); elsewhere the conditional prediction alone

  /// Whether the unconditional prediction is needed at this level.
  bool guides(NoiseLevel level) const;
};

/// Classifier-free guidance (Ho and Salimans 2022, eq. 6): away from the unconditional prediction,
/// which may be that of a negative prompt. A learned variance is the conditional one's.
Prediction guided(const Prediction& conditional, const Prediction& unconditional, double scale);

}  // namespace imagine::diffusion
