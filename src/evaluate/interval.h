/// Shares of trials with what chance leaves open.
#pragma once

#include <algorithm>
#include <cmath>

namespace imagine::evaluate {

struct Interval {
  double low, high;
};

/// A figure that was not counted but averaged, with its 95 % interval.
struct Estimate {
  double value = 0;
  Interval interval = {0, 0};
};

/// Where a share lies with 95 % confidence, after `trials` of which `value` succeeded (Wilson
/// 1927).
inline Interval wilson_interval(double value, double trials) {
  if (trials == 0) return {0, 1};
  constexpr double z = 1.959964;
  const double z2 = z * z / trials;
  const double middle = (value + z2 / 2) / (1 + z2);
  const double half = z / (1 + z2) * std::sqrt(value * (1 - value) / trials + z2 / (4 * trials));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

/// So many of so many.
struct Share {
  int right = 0;
  int all = 0;

  void add(bool is_right) { right += is_right, ++all; }
  double value() const { return all == 0 ? 0 : double(right) / all; }

  Interval interval() const { return wilson_interval(value(), all); }
};

/// The mean of values in 0 .. 1, each of a picture of a prompt of its own, such as the share of
/// judges that call it right. The interval is Wilson's for as many trials as pictures.
struct MeanShare {
  double sum = 0;
  int all = 0;

  void add(double value) { sum += value, ++all; }
  Estimate estimate() const {
    const double value = all == 0 ? 0 : sum / all;
    return {.value = value, .interval = wilson_interval(value, all)};
  }
};

}  // namespace imagine::evaluate
