/// A discrete diffusion as diffusers' scheduler_config.json describes it.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "core/fields.h"
#include "diffusion/sampler.h"
#include "diffusion/schedule.h"
#include "diffusion/target.h"
#include "diffusion/timesteps.h"

namespace imagine::diffusion {

/// Where the file names no spacing or clipping, each algorithm has a default of its own.
struct SchedulerConfig {
  BetaSchedule betas = {};
  Target target = Target::noise;
  Sampler sampler = {};  ///< that of the class that the file names
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

/// The config with another sampler: settings of how it works stay where the algorithm is the same.
SchedulerConfig with_sampler(SchedulerConfig config, SamplerName name);

/// The levels that the config's sampler visits, as diffusers' class visits them. ConfigError for
/// more steps than timesteps, or a list where the sampler takes none.
SamplingSchedule sampling_schedule_of(const SchedulerConfig& config, const Schedule& schedule,
                                      const Steps& steps);

/// Thresholded or clipped as the config asks for it with its sampler.
Prediction bounded(Prediction prediction, const SchedulerConfig& config);

}  // namespace imagine::diffusion
