#include "diffusion/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::diffusion {
namespace {

/// Nichol and Dhariwal 2021, eq. 17, each beta at most 0.999.
Tensor cosine_betas(int64_t count) {
  const auto signal = [&](int64_t step) {
    const double part = (double(step) / double(count) + 0.008) / 1.008;
    return std::pow(std::cos(part * std::numbers::pi / 2), 2);
  };
  std::vector<double> betas;
  for (int64_t t = 0; t < count; ++t) {
    betas.push_back(std::min(1 - signal(t + 1) / signal(t), 0.999));
  }
  return torch::tensor(betas, torch::kDouble).to(torch::kFloat);
}

Tensor betas_of(const BetaSchedule& betas) {
  if (betas.name == "squaredcos_cap_v2") return cosine_betas(betas.timesteps);
  if (betas.name == "linear") return torch::linspace(betas.begin, betas.end, betas.timesteps);
  if (betas.name == "scaled_linear") {
    return torch::linspace(std::sqrt(betas.begin), std::sqrt(betas.end), betas.timesteps).square();
  }
  throw ConfigError(concat("beta_schedule: expected linear, scaled_linear or squaredcos_cap_v2, ",
                           "got \"", betas.name, '"'));
}

std::vector<double> values_of(const Tensor& numbers) {
  const auto doubles = numbers.to(torch::kDouble).contiguous();
  return {doubles.data_ptr<double>(), doubles.data_ptr<double>() + doubles.numel()};
}

}  // namespace

Schedule::Schedule(const BetaSchedule& betas) {
  constexpr int64_t kMost = 1'000'000;
  check<ConfigError>(2 <= betas.timesteps && betas.timesteps <= kMost,
                     "num_train_timesteps: expected 2 to ", kMost, ", got ", betas.timesteps);
  check<ConfigError>(0 < betas.begin && betas.begin <= betas.end && betas.end < 1,
                     "beta_start, beta_end: expected 0 < start <= end < 1, got ", betas.begin, ", ",
                     betas.end);
  const auto signal = torch::cumprod(1 - betas_of(betas), 0);
  const auto ratio = ((1 - signal) / signal).sqrt();
  alpha_ = values_of(signal.sqrt());
  sigma_ = values_of((1 - signal).sqrt());
  ratio_ = values_of(ratio);
  log_ratio_ = values_of(ratio.log());
}

NoiseLevel Schedule::level(int64_t t) const {
  return {
      .alpha = alpha_.at(std::size_t(t)), .sigma = sigma_.at(std::size_t(t)), .time = double(t)};
}

NoiseLevel Schedule::level_of_ratio(double ratio, double time) {
  const auto rounded = float(ratio);
  const float alpha = 1 / std::sqrt(rounded * rounded + 1);
  return {.alpha = alpha, .sigma = rounded * alpha, .time = time};
}

double Schedule::ratio_at(double t) const {
  t = std::clamp(t, 0.0, double(timesteps() - 1));
  const auto below = std::size_t(std::floor(t)), above = std::size_t(std::ceil(t));
  return std::lerp(ratio_[below], ratio_[above], t - std::floor(t));
}

double Schedule::time_of_ratio(double ratio) const {
  const double wanted = std::log(ratio);
  std::size_t low = 0;
  while (low + 2 < log_ratio_.size() && log_ratio_[low + 1] <= wanted) ++low;
  const double part = (wanted - log_ratio_[low]) / (log_ratio_[low + 1] - log_ratio_[low]);
  return double(low) + std::clamp(part, 0.0, 1.0);
}

}  // namespace imagine::diffusion
