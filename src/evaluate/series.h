/// Whether what is measured grows with what was asked for.
#pragma once

#include <vector>

namespace imagine::evaluate {

/// Spearman's rank correlation, -1 .. 1; equal values share the mean of their ranks, and 0 where
/// all are equal. InputError for series of different length or of fewer than two.
double rank_correlation(const std::vector<double>& one, const std::vector<double>& other);

/// Whether each value is at most `tolerance` below the highest before it, and the last above the
/// first.
bool rises(const std::vector<double>& values, double tolerance);

}  // namespace imagine::evaluate
