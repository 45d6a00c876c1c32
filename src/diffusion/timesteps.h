/// Which of the training timesteps a sampling visits.
#pragma once

#include <string>
#include <vector>

#include "imagine/request.h"
#include "tensor/types.h"

namespace imagine::diffusion {

/// How timesteps are spread (Lin et al. 2023, "Common Diffusion Noise Schedules", table 2).
enum class Spacing { linspace, leading, trailing };

/// "linspace", "leading" or "trailing"; else a ConfigError.
Spacing spacing_named(const std::string& name);

/// A list that DeepFloyd IF was published with, from noise to clean.
std::vector<int64_t> timesteps_of(TimestepList list);

}  // namespace imagine::diffusion
