/// A discrete diffusion as diffusers' scheduler_config.json describes it.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "core/fields.h"
#include "diffusion/sampler.h"
#include "diffusion/schedule.h"
#include "diffusion/target.h"
#include "diffusion/timesteps.h"

namespace imagine::diffusion {

/// Where the file names no spacing or clipping, each solver has a default of its own.
struct SchedulerConfig {
  BetaSchedule betas = {};
  Target target = Target::noise;
  Method method = {};  ///< that of the class that the file names
  std::optional<Spacing> spacing = {};
  int64_t steps_offset = 0;
  bool thresholding = false;
  double thresholding_quantile = 0.995;
  double thresholding_cap = 1;
  std::optional<bool> clip = {};
  double clip_range = 1;
  bool ends_clean = true;       ///< dpm_solver, unipc: else at the lowest of the schedule's levels
  bool ddim_ends_clean = true;  ///< ddim: else at timestep 0
  double lowest_half_log_snr =
      -std::numeric_limits<double>::infinity();  ///< dpm_solver: timesteps below it are left out
};

/// Knows DDPM, DDIM, DPMSolverMultistep, UniPCMultistep and HeunDiscrete. ConfigError names `where`
/// and the key: one that is unknown, or says what we do not do.
SchedulerConfig scheduler_config_of(const Json& json, const std::string& where);

/// The config with another method: settings of how a solver works stay where both are the same one.
SchedulerConfig with_method(SchedulerConfig config, const std::string& name);

/// How many steps, or the name of a list of timesteps (see named_timesteps()).
using Steps = std::variant<int64_t, std::string>;

/// The levels that the config's method visits, as diffusers' class visits them. ConfigError for
/// more steps than timesteps, or a list where the method takes none.
Path path_of(const SchedulerConfig& config, const Schedule& schedule, const Steps& steps);

/// Thresholding or clipping as the config asks for it with its method.
Denoiser bounded(Denoiser denoise, const SchedulerConfig& config);

}  // namespace imagine::diffusion
