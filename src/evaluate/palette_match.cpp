#include "evaluate/palette_match.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace imagine::evaluate {
namespace {

constexpr int kColours = 8;  // of a picture

}  // namespace

double palette_distance(const std::vector<io::Swatch>& told, const Image& image) {
  const auto own = io::palette_of(image, kColours);
  double sum = 0, shares = 0;
  for (const auto& swatch : told) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& other : own) {
      nearest = std::min(nearest, io::difference_of(swatch.colour, other.colour));
    }
    sum += swatch.share * nearest, shares += swatch.share;
  }
  check<InputError>(shares > 0, "palette: expected colours with shares, got none");
  return sum / shares;
}

}  // namespace imagine::evaluate
