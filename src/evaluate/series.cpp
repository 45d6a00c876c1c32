#include "evaluate/series.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"

namespace imagine::evaluate {
namespace {

std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    ranks.push_back(double(below) + double(equal - 1) / 2);
  }
  return ranks;
}

/// Less their mean.
std::vector<double> centred(std::vector<double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  for (auto& value : values) value -= mean;
  return values;
}

double product(const std::vector<double>& one, const std::vector<double>& other) {
  return std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
}

}  // namespace

double rank_correlation(const std::vector<double>& one, const std::vector<double>& other) {
  check<InputError>(one.size() == other.size() && one.size() >= 2,
                    "rank correlation: expected two series of at least two, got ", one.size(),
                    " and ", other.size());
  const auto a = centred(ranks_of(one)), b = centred(ranks_of(other));
  const double spread = std::sqrt(product(a, a) * product(b, b));
  return spread > 0 ? product(a, b) / spread : 0;
}

bool rises(const std::vector<double>& values, double tolerance) {
  if (values.size() < 2 || values.back() <= values.front()) return false;
  double highest = values.front();
  return std::ranges::all_of(values, [&](double value) {
    highest = std::max(highest, value);
    return value >= highest - tolerance;
  });
}

}  // namespace imagine::evaluate
