/// The noise levels of a network that was trained with discrete timesteps (Ho et al. 2020).
#pragma once

#include <string>
#include <vector>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

struct BetaSchedule {
  std::string name = "linear";  ///< linear, scaled_linear or squaredcos_cap_v2 (cosine)
  double begin = 0.0001;
  double end = 0.02;
  int64_t timesteps = 1000;
};

class Schedule {
 public:
  /// ConfigError for an unknown name or no timesteps. Numbers are rounded to fp32 where diffusers
  /// does so: near pure noise, what is divided by alpha shows it.
  explicit Schedule(const BetaSchedule& betas);

  int64_t timesteps() const { return int64_t(alpha_.size()); }
  /// alpha² + sigma² = 1; t from 0 (nearly clean) to timesteps() - 1 (nearly noise).
  NoiseLevel level(int64_t t) const;
  /// The level of a ratio sigma / alpha, whatever its timestep.
  static NoiseLevel level_of_ratio(double ratio, double time);
  /// sigma / alpha at a timestep that may lie between two: interpolated.
  double ratio_at(double t) const;
  /// The timestep of a ratio, interpolated between logarithms.
  double time_of_ratio(double ratio) const;

 private:
  std::vector<double> alpha_, sigma_;
  std::vector<double> ratio_;      // sigma / alpha, ascending
  std::vector<double> log_ratio_;  // its logarithm
};

}  // namespace imagine::diffusion
