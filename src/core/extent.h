/// How large pictures of any shape are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace imagine {

/// In pixels.
struct Extent {
  std::int64_t width, height;
  bool operator==(const Extent&) const = default;
};

/// "3:2" is 1.5, width to height; nullopt for anything else, and beyond 8:1 and 1:8.
std::optional<double> parse_ratio(std::string_view text);
/// What is expected, for errors.
inline constexpr const char* kRatioExpected = "expected WIDTH:HEIGHT from 1:8 to 8:1";

/// About as many pixels as a square of `side`, in sides that are multiples of 8 (Podell et al.
/// 2023, SDXL, sec. 2.3, has 64); for 1 that square.
Extent extent_of_ratio(double ratio, std::int64_t side);

/// The same of a picture that has its shape already, and would be squeezed: sides are multiples of
/// 8 too, but the shape counts more than the number of pixels, which is 0.6 to 1.6 times a
/// square's.
Extent extent_of_shape(double ratio, std::int64_t side);

}  // namespace imagine
