#include "core/extent.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

Extent extent_of_shape(double ratio, std::int64_t side) {
  constexpr double kPixelsCount = 0.1;  // beside the shape
  constexpr double kMostPixels = 1.6;
  const auto usual = extent_of_ratio(ratio, side);
  auto best = usual;
  const auto cost = [&](Extent extent) {
    const double shape = double(extent.width) / double(extent.height) / ratio;
    const double pixels = double(extent.width * extent.height) / double(side * side);
    const bool is_near = pixels <= kMostPixels && pixels >= 1 / kMostPixels;
    if (!is_near) return std::numeric_limits<double>::infinity();
    return std::abs(std::log(shape)) + kPixelsCount * std::abs(std::log(pixels));
  };
  for (auto width = usual.width / 2 / 8 * 8; width <= 2 * usual.width; width += 8) {
    for (auto height = usual.height / 2 / 8 * 8; height <= 2 * usual.height; height += 8) {
      const Extent extent{.width = std::max<std::int64_t>(8, width),
                          .height = std::max<std::int64_t>(8, height)};
      if (cost(extent) < cost(best)) best = extent;
    }
  }
  return best;
}

}  // namespace imagine
