/// What keeps predicted pictures in range.
#pragma once

#include <limits>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

/// Imagen's dynamic thresholding (Saharia et al. 2022, sec. 2.3): clamps each picture to the given
/// quantile of its absolute values, at least 1 and at most `cap`, and divides by it.
Prediction thresholded(Prediction prediction, double quantile,
                       double cap = std::numeric_limits<double>::infinity());

/// Clamps the pictures to -range .. range.
Prediction clipped(Prediction prediction, double range);

}  // namespace imagine::diffusion
