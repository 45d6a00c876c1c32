/// Which of the training timesteps a sampling visits.
#pragma once

#include <string>
#include <vector>

#include "core/types.h"

namespace imagine::diffusion {

/// How timesteps are spread (Lin et al. 2023, "Common Diffusion Noise Schedules", table 2).
enum class Spacing { linspace, leading, trailing };

/// "linspace", "leading" or "trailing"; else a ConfigError.
Spacing spacing_named(const std::string& name);

/// One of the eight lists that DeepFloyd IF was published with (fast27, smart27, smart50, smart100,
/// smart185, super27, super40, super100), from noise to clean. ConfigError, listing them, for
/// another name.
std::vector<int64_t> named_timesteps(const std::string& name);

}  // namespace imagine::diffusion
