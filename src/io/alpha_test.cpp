#include "io/alpha.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::io {
namespace {

using Levels = std::vector<std::uint8_t>;

TEST(Alpha, IsNothingWhereAllIsOpaque) {
  EXPECT_EQ(alpha_of({2, 1, {1, 2, 3, 255, 4, 5, 6, 255}}), Levels());
  EXPECT_EQ(alpha_of({2, 1, {1, 2, 3, 255, 4, 5, 6, 0}}), (Levels{255, 0}));
}

TEST(Alpha, ColoursThatNobodySeesGiveWayToTheNearest) {
  RgbaImage image{7, 5, Levels(7 * 5 * 4)};
  for (int i = 0; i < 35; ++i) image.rgba[std::size_t(4 * i)] = std::uint8_t(i);  // unseen reds
  auto* left = &image.row(1)[0];
  auto* right = &image.row(3)[4 * 6];
  std::ranges::copy(Levels{10, 20, 30, 1}, left);
  std::ranges::copy(Levels{200, 100, 50, 255}, right);
  const auto colors = colors_of(image);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 7; ++x) {
      const int to_left = x + std::abs(y - 1), to_right = 6 - x + std::abs(y - 3);
      if (to_left == to_right) continue;
      EXPECT_EQ(colors.at(x, y)[0], to_left < to_right ? 10 : 200) << x << ' ' << y;
      EXPECT_EQ(colors.at(x, y)[1], to_left < to_right ? 20 : 100) << x << ' ' << y;
    }
  }
  EXPECT_EQ(colors_of({1, 1, {9, 9, 9, 0}}).rgb, (Levels{255, 255, 255}));
}

TEST(Alpha, ComesTogetherWithColoursAgain) {
  const RgbaImage image{2, 1, {1, 2, 3, 7, 4, 5, 6, 255}};
  EXPECT_EQ(with_alpha(colors_of(image), alpha_of(image)).rgba, image.rgba);
  EXPECT_EQ(with_alpha(Image{1, 1, {1, 2, 3}}, {}).rgba, (Levels{1, 2, 3, 255}));
  EXPECT_THROW(with_alpha(Image{1, 1, {1, 2, 3}}, {1, 2}), InputError);
}

}  // namespace
}  // namespace imagine::io
