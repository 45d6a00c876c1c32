#include "evaluate/palette_match.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::evaluate {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

constexpr Rgb kRed = {200, 30, 30}, kGreen = {30, 160, 40}, kBlue = {20, 30, 200};

/// Its left half of one colour, its right half of another.
Image halves(const Rgb& left, const Rgb& right) {
  Image image{.width = 8, .height = 8, .rgb = {}};
  for (int i = 0; i < 64; ++i) {
    const auto& colour = i % 8 < 4 ? left : right;
    image.rgb.insert(image.rgb.end(), colour.begin(), colour.end());
  }
  return image;
}

io::Swatch swatch(const Rgb& rgb, double share) {
  return {.colour = io::lab_of(rgb), .share = share};
}

TEST(PaletteMatch, ItsOwnColoursAreNoDistanceAway) {
  const auto image = halves(kRed, kBlue);
  EXPECT_NEAR(palette_distance({swatch(kRed, 0.5), swatch(kBlue, 0.5)}, image), 0, 1e-9);
  EXPECT_NEAR(palette_distance({swatch(kRed, 0.1)}, image), 0, 1e-9);
}

TEST(PaletteMatch, ColoursCountByTheirShares) {
  const auto image = halves(kRed, kBlue);
  const double away = std::min(io::difference_of(io::lab_of(kGreen), io::lab_of(kRed)),
                               io::difference_of(io::lab_of(kGreen), io::lab_of(kBlue)));
  EXPECT_GT(away, 30);
  EXPECT_NEAR(palette_distance({swatch(kRed, 0.6), swatch(kGreen, 0.2)}, image), away / 4, 1e-9);
}

TEST(PaletteMatch, SomethingMustBeTold) {
  EXPECT_THROW(palette_distance({}, halves(kRed, kBlue)), InputError);
}

}  // namespace
}  // namespace imagine::evaluate
