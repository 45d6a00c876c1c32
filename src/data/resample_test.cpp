#include "data/resample.h"

#include <cmath>
#include <gtest/gtest.h>

namespace imagine::data {
namespace {

/// An opaque red disc; what is transparent is green, as in many PNGs.
io::RgbaImage red_disc(int side) {
  io::RgbaImage image{side, side, {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const bool inside = std::hypot(x - side / 2.0 + 0.5, y - side / 2.0 + 0.5) < side * 0.4;
      const std::uint8_t green = inside ? 0 : 255;
      image.rgba.insert(image.rgba.end(),
                        {std::uint8_t(255 - green), green, 0, std::uint8_t(inside ? 255 : 0)});
    }
  }
  return image;
}

class Resize : public testing::TestWithParam<int> {};

TEST_P(Resize, LeavesNoFringes) {
  const Picture picture = resize(to_picture(red_disc(96)), GetParam(), GetParam());
  int edge = 0;
  for (const Pixel& pixel : picture.pixels) {
    EXPECT_EQ(pixel[1], 0) << "the green of the transparent pixels came through";
    EXPECT_NEAR(pixel[0], pixel[3], 1e-5) << "the edge is darker or brighter than the disc";
    edge += pixel[3] > 0.1 && pixel[3] < 0.9;
  }
  EXPECT_GT(edge, 0);
}

TEST_P(Resize, KeepsAConstant) {
  Picture grey(50, 30);
  for (Pixel& pixel : grey.pixels) pixel = {0.25f, 0.5f, 0.75f, 1};
  for (const Pixel& pixel : resize(grey, GetParam(), 17).pixels) {
    EXPECT_NEAR(pixel[0], 0.25, 1e-5);
    EXPECT_NEAR(pixel[2], 0.75, 1e-5);
    EXPECT_NEAR(pixel[3], 1, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(DownAndUp, Resize, testing::Values(7, 31, 64, 250));

TEST(Resample, ResizeKeepsTheCentreInPlace) {
  Picture picture(40, 40);
  for (int y = 10; y < 30; ++y) {
    for (int x = 10; x < 30; ++x) picture.at(x, y) = {1, 1, 1, 1};
  }
  const Picture small = resize(picture, 20, 20);
  for (int i = 0; i < 20; ++i) EXPECT_NEAR(small.at(i, 10)[3], small.at(19 - i, 10)[3], 1e-5);
}

TEST(Resample, CropAndMirrorMovePixels) {
  Picture picture(4, 3);
  picture.at(3, 2) = {1, 0, 0, 1};
  EXPECT_EQ(crop(picture, {2, 1, 2, 2}).at(1, 1)[0], 1);
  EXPECT_EQ(mirrored(picture).at(0, 2)[0], 1);
  EXPECT_EQ(mirrored(picture).at(3, 2)[0], 0);
}

TEST(Resample, AShadowSpreadsAndKeepsItsWeight) {
  Picture picture(9, 9);
  for (Pixel& pixel : picture.pixels) pixel = {1, 0, 0, 1};
  const Picture shadow = blurred_shadow(picture, 2);
  double weight = 0;
  for (const Pixel& pixel : shadow.pixels) {
    weight += pixel[3];
    EXPECT_EQ(pixel[0], 0);
  }
  EXPECT_GT(shadow.width, picture.width);
  EXPECT_NEAR(weight, 81, 1e-2);
}

}  // namespace
}  // namespace imagine::data
