/// The average of the weights over a growing window.
#pragma once

#include "tensor/types.h"

namespace imagine::train {

/// Power-function EMA (Karras et al. 2023, "Analyzing and Improving the Training Dynamics of
/// Diffusion Models", eqs. 6 to 8): the window is a fixed share of the training so far.
class PowerEma {
 public:
  /// `relative_std`: the width of the window in units of the training's length, 0.01 .. 0.25.
  PowerEma(const Tensor& weights, double relative_std);

  /// `weights` after `step` steps, `passed` of them since the last call.
  void update(const Tensor& weights, int64_t step, int64_t passed);

  Tensor& average() { return average_; }

 private:
  double gamma_;
  Tensor average_;
};

/// The exponent gamma whose averaging profile has this relative standard deviation (ibid., eq.
/// 126).
double power_ema_gamma(double relative_std);

}  // namespace imagine::train
