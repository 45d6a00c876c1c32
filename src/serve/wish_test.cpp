#include "serve/wish.h"

#include <gtest/gtest.h>

namespace imagine::serve {
namespace {

/// Columns of grey levels, `height` rows of them.
Source columns(const std::vector<int>& levels, int height) {
  Image image{.width = int(levels.size()), .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y) {
    for (const int level : levels) image.rgb.insert(image.rgb.end(), 3, std::uint8_t(level));
  }
  return {.image = image, .name = "p"};
}

std::vector<int> row_of(const Source& source) {
  std::vector<int> levels;
  for (int x = 0; x < source.image.width; ++x) levels.push_back(*source.image.at(x, 0));
  return levels;
}

TEST(Wish, APictureOfAPhoneIsMadeSmallByMeans) {
  const auto small = within(columns({0, 100, 200, 100}, 4), 4);
  EXPECT_EQ(row_of(small), (std::vector<int>{50, 150}));
  EXPECT_EQ(small.image.height, 2);
  auto cutout = columns({0, 100, 200, 100}, 4);
  cutout.alpha.assign(16, 255);
  std::fill_n(cutout.alpha.begin(), 8, std::uint8_t{0});
  EXPECT_EQ(within(cutout, 4).alpha, (std::vector<std::uint8_t>{0, 0, 255, 255}));
  EXPECT_EQ(within(columns({7, 9}, 2), 4).image.width, 2) << "small enough";
  const auto phone = within(columns(std::vector<int>(4032, 80), 3024), 4'194'304).image;
  EXPECT_LE(std::int64_t(phone.width) * phone.height, 4'194'304);
  EXPECT_EQ(phone.width, 2016);
  EXPECT_EQ(phone.rgb.size(), std::size_t(phone.width) * std::size_t(phone.height) * 3);
  EXPECT_EQ(within(columns(std::vector<int>(99, 8), 1), 10).image.height, 1) << "a line stays one";
}

TEST(Wish, AnotherShapeIsStretchedOrCut) {
  const auto wide = columns({10, 20, 30, 40}, 1);
  EXPECT_EQ(row_of(stretched(wide, {.width = 5, .height = 5})), (std::vector<int>{10, 30}));
  EXPECT_EQ(row_of(cut(wide, {.width = 2, .height = 1})), (std::vector<int>{20, 30}));
  EXPECT_EQ(row_of(cut(wide, {.width = 8, .height = 2})), row_of(wide));
  EXPECT_EQ(row_of(resized(wide, {.width = 2, .height = 1})), (std::vector<int>{10, 30}));
}

}  // namespace
}  // namespace imagine::serve
