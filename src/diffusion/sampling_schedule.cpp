#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/names.h"
#include "diffusion/scheduler_config.h"
#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

Spacing spacing_of(const SchedulerConfig& config) {
  const auto algorithm = config.sampler.algorithm;
  const bool original = algorithm == Algorithm::ddpm || algorithm == Algorithm::ddim;
  return config.spacing.value_or(original ? Spacing::leading : Spacing::linspace);
}

/// Timesteps from noise to clean. The multistep solvers count one more, the clean end.
std::vector<double> spread(const SchedulerConfig& config, int64_t steps, int64_t timesteps,
                           int64_t last) {
  const bool multistep = is_multistep(config.sampler.algorithm);
  const bool whole = config.sampler.algorithm != Algorithm::heun;
  const auto rounded = [&](double t) { return whole ? std::nearbyint(t) : t; };
  std::vector<double> all;
  const int64_t extra = multistep ? 1 : 0;
  for (int64_t i = 0; i < steps; ++i) {
    const auto left = double(steps - 1 - i + extra);
    switch (spacing_of(config)) {
      case Spacing::linspace:
        all.push_back(
            rounded(left * (double(last - 1) / double(std::max<int64_t>(steps - 1 + extra, 1)))));
        break;
      case Spacing::leading:
        all.push_back(left * double(last / (steps + extra)) + double(config.steps_offset));
        break;
      case Spacing::trailing:
        const double t = double(last) - double(i) * (double(timesteps) / double(steps));
        if (t > 0) all.push_back(std::nearbyint(t) - 1);
        break;
    }
  }
  return all;
}

/// Karras et al. 2022, eq. 5 with rho 7: `steps` ratios from the first to the last.
std::vector<double> karras_ratios(double first, double last, int64_t steps) {
  constexpr double kRho = 7;
  const double start = std::pow(first, 1 / kRho), end = std::pow(last, 1 / kRho);
  std::vector<double> ratios;
  for (int64_t i = 0; i < steps; ++i) {
    const double part = steps > 1 ? double(i) / double(steps - 1) : 0;
    ratios.push_back(std::pow(start + part * (end - start), kRho));
  }
  return ratios;
}

/// What the network is told at a level between timesteps. diffusers' classes differ.
double told_time(const SchedulerConfig& config, double time) {
  if (config.sampler.algorithm == Algorithm::heun) return time;
  const bool cuts =
      config.sampler.algorithm == Algorithm::dpm_solver && config.betas.name == "squaredcos_cap_v2";
  return cuts ? std::floor(time) : std::nearbyint(time);
}

/// How many of the timesteps are used: those of the least signal may be left out.
int64_t last_of(const SchedulerConfig& config, const Schedule& schedule) {
  int64_t last = schedule.timesteps();
  if (config.sampler.algorithm != Algorithm::dpm_solver) return last;
  while (last > 1 && half_log_snr(schedule.level(last - 1)) < config.lowest_half_log_snr) --last;
  return last;
}

std::vector<NoiseLevel> levels_of_ratios(const SchedulerConfig& config, const Schedule& schedule,
                                         const std::vector<double>& timesteps) {
  std::vector<NoiseLevel> levels;
  if (!config.sampler.karras) {
    for (const auto t : timesteps) {
      levels.push_back(Schedule::level_of_ratio(schedule.ratio_at(t), t));
    }
    return levels;
  }
  const bool heun = config.sampler.algorithm == Algorithm::heun;
  const double first = heun ? timesteps.front() : double(schedule.timesteps() - 1);
  const double last = heun ? timesteps.back() : 0;
  for (const auto ratio : karras_ratios(schedule.ratio_at(first), schedule.ratio_at(last),
                                        int64_t(timesteps.size()))) {
    const auto time = told_time(config, schedule.time_of_ratio(ratio));
    levels.push_back(Schedule::level_of_ratio(ratio, time));
  }
  return levels;
}

std::vector<double> visited_timesteps(const SchedulerConfig& config, const Schedule& schedule,
                                      const Steps& steps) {
  const auto timesteps = schedule.timesteps();
  if (const auto* list = std::get_if<TimestepList>(&steps)) {
    const auto listed = timesteps_of(*list);
    check<ConfigError>(listed.front() < timesteps && !config.sampler.karras,
                       "steps: expected a number for this sampler, got ", name_of(*list));
    return {listed.begin(), listed.end()};
  }
  const auto count = std::get<int64_t>(steps);
  const bool one_more = is_multistep(config.sampler.algorithm) || config.steps_offset > 0;
  const auto most = timesteps - (one_more ? 1 : 0);
  check<ConfigError>(1 <= count && count <= most, "steps: expected 1 to ", most, ", got ", count);
  return spread(config, count, timesteps, last_of(config, schedule));
}

}  // namespace

SamplingSchedule sampling_schedule_of(const SchedulerConfig& config, const Schedule& schedule,
                                      const Steps& steps) {
  const auto timesteps = visited_timesteps(config, schedule, steps);
  const auto count = int64_t(timesteps.size());
  const auto algorithm = config.sampler.algorithm;
  const bool original = algorithm == Algorithm::ddpm || algorithm == Algorithm::ddim;
  std::vector<NoiseLevel> levels;
  if (original) {
    for (const auto t : timesteps) levels.push_back(schedule.level(int64_t(t)));
  } else {
    levels = levels_of_ratios(config, schedule, timesteps);
  }
  const bool clean = algorithm == Algorithm::ddim ? config.ddim_ends_clean
                     : is_multistep(algorithm)    ? config.ends_clean
                                                  : true;
  const auto end = clean ? NoiseLevel{.alpha = 1, .sigma = 0, .time = 0} : schedule.level(0);

  SamplingSchedule sampling;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    auto to = i + 1 < levels.size() ? levels[i + 1] : end;
    if (algorithm == Algorithm::ddim && std::holds_alternative<int64_t>(steps)) {
      // diffusers' DDIM steps evenly, whatever the spacing
      const auto next = int64_t(timesteps[i]) - schedule.timesteps() / count;
      to = next >= 0 ? schedule.level(next) : end;
    }
    sampling.steps.push_back({.from = levels[i], .to = to});
  }
  if (algorithm == Algorithm::heun && spacing_of(config) != Spacing::leading) {
    sampling.start_scale = levels.front().sigma;
  }
  return sampling;
}

}  // namespace imagine::diffusion
