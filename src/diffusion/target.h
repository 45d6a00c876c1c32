/// What a network was trained to predict, and what that says about the clean picture.
#pragma once

#include <string>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

enum class Target { clean, noise, velocity };

/// Output of a network [B, 3, H, W] -> its prediction. `velocity` is alpha * noise - sigma * clean
/// (Salimans and Ho 2022, appendix D).
Prediction prediction_of(Target target, const Tensor& output, const Tensor& noisy,
                         NoiseLevel level);

/// "sample", "epsilon" or "v_prediction", as diffusers spells them; else a ConfigError.
Target target_named(const std::string& name);

}  // namespace imagine::diffusion
