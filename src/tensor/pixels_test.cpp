#include "tensor/pixels.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::tensor {
namespace {

/// 16 x 16: red holds every value once, green the same backwards, blue is constant.
Image all_values() {
  Image image{.width = 16, .height = 16, .rgb = {}};
  for (int i = 0; i < 256; ++i) {
    image.rgb.insert(image.rgb.end(), {std::uint8_t(i), std::uint8_t(255 - i), 7});
  }
  return image;
}

TEST(Pixels, EveryValueSurvivesTheWayToATensorAndBack) {
  const auto back = to_images(to_pixels({all_values(), all_values()}));
  ASSERT_EQ(back.size(), 2u);
  for (const auto& image : back) {
    EXPECT_EQ(image.width, 16);
    EXPECT_EQ(image.height, 16);
    EXPECT_EQ(image.rgb, all_values().rgb);
  }
}

TEST(Pixels, BlackIsMinusOneAndWhiteIsOneInPlanesOfTheColours) {
  const Image image{.width = 3, .height = 1, .rgb = {255, 0, 0, 0, 255, 0, 0, 0, 255}};
  const auto pixels = to_pixels({image});
  EXPECT_EQ(pixels.scalar_type(), torch::kFloat);
  EXPECT_TRUE(torch::allclose(pixels, 2 * torch::eye(3).view({1, 3, 1, 3}) - 1));
}

TEST(Pixels, WhatLiesOutsideIsClamped) {
  const auto images = to_images(torch::tensor({-3.F, 1.5F, 0.2F}).view({1, 3, 1, 1}));
  EXPECT_THAT(images.at(0).rgb, testing::ElementsAre(0, 255, 153));
}

TEST(Pixels, APictureKeepsItsSidesApart) {
  const auto images = to_images(torch::zeros({1, 3, 2, 5}, torch::kBFloat16));
  EXPECT_EQ(images.at(0).width, 5);
  EXPECT_EQ(images.at(0).height, 2);
  EXPECT_EQ(images.at(0).rgb.size(), 30u);
}

TEST(Pixels, PicturesOfTwoSizesAreRefused) {
  const Image small{.width = 1, .height = 1, .rgb = {1, 2, 3}};
  EXPECT_THAT(
      [&] {
        to_pixels({all_values(), small});
      },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("16x16 and 1x1")));
  EXPECT_THAT([] { to_pixels({}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("at least one picture")));
}

}  // namespace
}  // namespace imagine::tensor
