#include "train/ema.h"

#include <cmath>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::train {

double power_ema_gamma(double relative_std) {
  check<ConfigError>(relative_std >= 0.01 && relative_std <= 0.25,
                     "ema: expected a relative width in 0.01 .. 0.25, got ", relative_std);
  // std² = (gamma + 1) / ((gamma + 2)² (gamma + 3)) falls as gamma grows: bisect.
  const auto variance = [](double g) { return (g + 1) / ((g + 2) * (g + 2) * (g + 3)); };
  double low = 0, high = 1e4;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (variance(middle) > relative_std * relative_std ? low : high) = middle;
  }
  return low;
}

PowerEma::PowerEma(const Tensor& weights, double relative_std)
    : gamma_(power_ema_gamma(relative_std)), average_(weights.clone()) {}

void PowerEma::update(const Tensor& weights, int64_t step, int64_t passed) {
  const double beta = std::pow(1.0 - double(passed) / double(step), gamma_ + 1);
  average_.lerp_(weights, 1 - beta);
}

}  // namespace imagine::train
