#include "data/cutout.h"

#include <gtest/gtest.h>

namespace imagine::data {
namespace {

io::RgbaImage square_of(int side, std::array<std::uint8_t, 4> colour) {
  io::RgbaImage image{side, side, {}};
  for (int i = 0; i < side * side; ++i) {
    image.rgba.insert(image.rgba.end(), colour.begin(), colour.end());
  }
  return image;
}

TEST(Cutout, TrimsWhatIsNearlyInvisible) {
  auto image = square_of(20, {10, 20, 30, 8});
  image.rgba[(5 * 20 + 7) * 4 + 3] = 9;
  image.rgba[(9 * 20 + 11) * 4 + 3] = 255;
  const auto small = trimmed(image);
  EXPECT_EQ(small.width, 5);
  EXPECT_EQ(small.height, 5);
  EXPECT_EQ(small.rgba[3], 9);
  EXPECT_EQ(trimmed(square_of(20, {1, 2, 3, 8})).width, 0);
}

TEST(Cutout, LimitsTheLongerSide) {
  auto image = square_of(40, {200, 100, 50, 255});
  image.height = 20;
  image.rgba.resize(40 * 20 * 4);
  const auto small = limited(image, 10);
  EXPECT_EQ(small.width, 10);
  EXPECT_EQ(small.height, 5);
  EXPECT_EQ(small.rgba[0], 200);
  EXPECT_EQ(limited(image, 100).width, 40);
}

TEST(Cutout, WhiteStandsOutOnRedButNotOnWhite) {
  const Cutout swan{.picture = square_of(30, {250, 250, 250, 255})};
  EXPECT_FALSE(stands_out(swan, {1, 1, 1}));
  EXPECT_TRUE(stands_out(swan, {0.75f, 0.15f, 0.12f}));
}

}  // namespace
}  // namespace imagine::data
