/// Draws in the colours that are asked for, whatever network does: while much noise is left the
/// clean picture that it predicts is moved to them, and it goes on from there.
#pragma once

#include <functional>

#include "diffusion/denoiser.h"
#include "imagine/control.h"

namespace imagine::models {

using Steering = std::function<diffusion::Prediction(diffusion::Prediction, diffusion::NoiseLevel)>;

/// By the palette of `control`, whose colours are right, over a sampling with that schedule; empty
/// where there is none. What is moved is less and less as the noise goes, and nothing of the last
/// of it: shades are the network's own.
Steering steering_by(const Control& control, const diffusion::SamplingSchedule& schedule);

}  // namespace imagine::models
