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

/// So many of so many.
struct Share {
  int right = 0;
  int all = 0;

  void add(bool is_right) { right += is_right, ++all; }
  double value() const { return all == 0 ? 0 : double(right) / all; }

  /// Where the true share lies with 95 % confidence (Wilson 1927).
  Interval interval() const {
    if (all == 0) return {0, 1};
    constexpr double z = 1.959964;
    const double n = all, p = value(), z2 = z * z / n;
    const double middle = (p + z2 / 2) / (1 + z2);
    const double half = z / (1 + z2) * std::sqrt(p * (1 - p) / n + z2 / (4 * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
  }
};

}  // namespace imagine::evaluate
