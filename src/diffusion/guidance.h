/// Classifier-free guidance: a wrapper that takes a denoiser and is one.
#pragma once

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

/// Predicts with the prompt and without it in one batch: noisy [B, ...] -> [2 B, ...], the first
/// half with the prompt.
using PairDenoiser = Denoiser;

struct GuidanceOptions {
  double scale = 3;  ///< 1: none
  double begin = 0;  ///< guided where begin <= alpha / (alpha + sigma) < end, told only elsewhere
  double end = 1;
};

/// Classifier-free guidance away from the untold prediction (Ho and Salimans 2022, eq. 6), within
/// an interval (Kynkäänniemi et al. 2024). `told` serves the levels outside. A learned variance is
/// the told one's.
Denoiser guided(PairDenoiser pair, Denoiser told, const GuidanceOptions& options);

}  // namespace imagine::diffusion
