#include "serve/wish.h"

#include <cmath>
#include <numeric>

#include "core/check.h"
#include "core/number.h"

namespace imagine::serve {
std::optional<Extent> extent_in(const std::string& text) {
  const auto cross = text.find('x');
  if (cross == text.npos) return {};
  const auto width = whole_number(text.substr(0, cross));
  const auto height = whole_number(text.substr(cross + 1));
  const auto is_side = [](const auto& side) { return side && *side >= 1 && *side <= kLargestSide; };
  if (!is_side(width) || !is_side(height)) return {};
  return Extent{.width = *width, .height = *height};
}

void set_extent(Wish& wish, Extent extent) {
  wish.asked_pixels = extent.width * extent.height;
  wish.side = std::sqrt(double(extent.width) * double(extent.height));
  const auto common = std::gcd(extent.width, extent.height);
  const bool is_square = extent.width == extent.height;
  wish.aspect = is_square ? "" : concat(extent.width / common, ':', extent.height / common);
}

Source picture_of(const SentPicture& sent, const std::string& name, Transparency transparency) {
  try {
    return decode(sent.bytes, name, transparency);
  } catch (const FormatError& error) {
    throw Problem(400, error.what(), name);
  }
}

void check_between(std::int64_t value, std::int64_t least, std::int64_t most,
                   const std::string& name) {
  if (value >= least && value <= most) return;
  throw Problem(
      400, concat(name, ": expected a whole number from ", least, " to ", most, ", got ", value),
      name);
}

void check_between(double value, double least, double most, const std::string& name) {
  if (value >= least && value <= most) return;
  throw Problem(
      400, concat(name, ": expected a number from ", least, " to ", most, ", got ", value), name);
}

}  // namespace imagine::serve
