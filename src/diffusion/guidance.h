/// Wrappers around a denoiser: each takes one and is one.
#pragma once

#include "diffusion/flow.h"

namespace imagine::diffusion {

/// Predicts with the prompt and without it in one batch: noisy [B, ...] -> [2 B, ...], the first
/// half with the prompt.
using PairDenoiser = Denoiser;

struct GuidanceOptions {
  double scale = 3;  ///< 1: none
  double begin = 0;  ///< guided where begin <= t < end, told only elsewhere
  double end = 1;
};

/// Classifier-free guidance away from the untold prediction (Ho and Salimans 2022, eq. 6), within
/// an interval (Kynkäänniemi et al. 2024). `told` serves the levels outside.
Denoiser guided(PairDenoiser pair, Denoiser told, const GuidanceOptions& options);

/// Imagen's dynamic thresholding (Saharia et al. 2022, sec. 2.3): clamps each picture to the given
/// quantile of its absolute values, at least 1, and divides by it.
Denoiser thresholded(Denoiser denoise, double quantile);

}  // namespace imagine::diffusion
