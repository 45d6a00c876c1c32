#include "core/extent.h"

#include <gtest/gtest.h>

namespace imagine {
namespace {

TEST(Extent, OfARatioHasAboutThePixelsOfTheSquare) {
  EXPECT_EQ(extent_of_ratio(1, 64), (Extent{64, 64}));
  EXPECT_EQ(extent_of_ratio(1, 20), (Extent{20, 20}));
  EXPECT_EQ(extent_of_ratio(1.5, 64), (Extent{80, 56}));
  EXPECT_EQ(extent_of_ratio(1 / 1.5, 64), (Extent{56, 80}));
  EXPECT_EQ(extent_of_ratio(4, 8), (Extent{16, 8}));
  for (const double ratio : {0.25, 0.5, 0.75, 1.25, 16.0 / 9, 3.0}) {
    const auto extent = extent_of_ratio(ratio, 256);
    EXPECT_EQ(extent.width % 8 + extent.height % 8, 0);
    EXPECT_NEAR(double(extent.width * extent.height) / (256 * 256), 1, 0.05) << ratio;
    EXPECT_NEAR(double(extent.width) / double(extent.height) / ratio, 1, 0.05) << ratio;
  }
}

TEST(Extent, ARatioIsTwoNumbersNotFarApart) {
  EXPECT_EQ(parse_ratio("3:2"), 1.5);
  EXPECT_EQ(parse_ratio("1:4"), 0.25);
  for (const char* text : {"", ":", "3", "3:", ":2", "3:2:1", "3x2", "0:1", "1:0", "-3:-2", "1:9",
                           "17:2", "1.5:1", " 3:2", "99999999999999999999:1"}) {
    EXPECT_EQ(parse_ratio(text), std::nullopt) << text;
  }
}

TEST(Extent, AShapeIsKeptNearlyWhateverItIs) {
  EXPECT_EQ(extent_of_shape(1, 64), (Extent{64, 64}));
  EXPECT_EQ(extent_of_shape(2, 64), (Extent{96, 48}));
  EXPECT_EQ(extent_of_shape(1.5, 64), (Extent{72, 48}));
  EXPECT_EQ(extent_of_shape(1 / 1.5, 64), (Extent{48, 72}));
  for (double ratio = 0.4; ratio < 2.5; ratio *= 1.01) {
    const auto [width, height] = extent_of_shape(ratio, 64);
    EXPECT_NEAR(double(width) / double(height) / ratio, 1, 0.07) << ratio;
    EXPECT_EQ(width % 8 + height % 8, 0) << ratio;
    EXPECT_NEAR(double(width * height), 64 * 64, 0.6 * 64 * 64) << ratio;
  }
  EXPECT_EQ(extent_of_shape(16, 64).height, 16);
}

}  // namespace
}  // namespace imagine
