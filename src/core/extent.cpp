#include "core/extent.h"

#include <algorithm>
#include <cmath>

#include "core/number.h"

namespace imagine {

std::optional<double> parse_ratio(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const auto width = whole_number(text.substr(0, colon));
  const auto height = whole_number(text.substr(colon + 1));
  constexpr double kLongest = 8;  // to 1
  const bool fits = width && height && *width > 0 && *height > 0 &&
                    double(*width) <= kLongest * double(*height) &&
                    double(*height) <= kLongest * double(*width);
  return fits ? std::optional(double(*width) / double(*height)) : std::nullopt;
}

Extent extent_of_ratio(double ratio, std::int64_t side) {
  if (ratio == 1) return {.width = side, .height = side};
  const auto whole = [side](double stretch) {
    return 8 * std::max<std::int64_t>(1, std::llround(double(side) * std::sqrt(stretch) / 8));
  };
  return {.width = whole(ratio), .height = whole(1 / ratio)};
}

}  // namespace imagine
