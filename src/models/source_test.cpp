#include "models/source.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

Image pattern(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.insert(image.rgb.end(), {std::uint8_t(37 * x + 11 * y), std::uint8_t(53 * y * x),
                                         std::uint8_t(200 - 29 * x + 5 * y)});
    }
  }
  return image;
}

Image grey(int width, int height, std::uint8_t value) {
  return {.width = width,
          .height = height,
          .rgb = std::vector<std::uint8_t>(std::size_t(width * height * 3), value)};
}

/// Red of row `y` as bytes.
std::vector<int> reds(const Tensor& picture, int64_t y) {
  std::vector<int> row;
  for (int64_t x = 0; x < picture.size(3); ++x) {
    row.push_back(int(std::lround((picture[0][0][y][x].item<double>() + 1) * 127.5)));
  }
  return row;
}

void expect_extent(Extent given, int64_t side, int64_t width, int64_t height) {
  const auto fitted = fitted_extent(given, side);
  EXPECT_EQ(fitted.width, width);
  EXPECT_EQ(fitted.height, height);
}

TEST(FittedExtent, KeepsTheShapeInEighths) {
  expect_extent({500, 500}, 64, 64, 64);
  expect_extent({60, 44}, 16, 24, 16);
  expect_extent({60, 44}, 32, 40, 32);
  expect_extent({480, 640}, 64, 64, 88);  // 85.3
  expect_extent({3, 7}, 36, 36, 80);      // 84: to the even eighth
  expect_extent({7, 7}, 36, 36, 36);
}

// Pillow 12.2: Image.resize(extent, Image.BICUBIC).
TEST(PictureAt, ResizesAsPillowDoes) {
  EXPECT_EQ(reds(picture_at(pattern(7, 5), {3, 2}), 1), (std::vector<int>{62, 148, 196}));
  EXPECT_EQ(reds(picture_at(pattern(7, 5), {12, 9}), 7),
            (std::vector<int>{38, 51, 76, 98, 120, 141, 163, 184, 217, 223, 127, 71}));
  EXPECT_EQ(reds(picture_at(pattern(7, 5), {7, 5}), 0),
            (std::vector<int>{0, 37, 74, 111, 148, 185, 222}));
}

TEST(AlphaAt, IsResizedLikeThePicture) {
  const auto image = pattern(7, 5);
  std::vector<std::uint8_t> alpha;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) alpha.push_back(image.rgb[i]);
  const auto larger = alpha_at(alpha, {7, 5}, {12, 9});
  ASSERT_EQ(larger.size(), 12u * 9u);
  EXPECT_EQ(std::vector<int>(larger.begin() + 84, larger.begin() + 96),
            reds(picture_at(image, {12, 9}), 7));
  EXPECT_EQ(alpha_at(alpha, {7, 5}, {7, 5}), alpha);
}

TEST(MaskAt, IsWhiteFromHalfOfTheBrightnessOn) {
  const auto share = [](const Image& image, Extent extent) {
    return mask_at(image, extent).mean().item<double>();
  };
  EXPECT_EQ(share(grey(4, 4, 127), {4, 4}), 0);
  EXPECT_EQ(share(grey(4, 4, 128), {8, 8}), 1);
  Image green{.width = 1, .height = 1, .rgb = {0, 255, 0}}, red = green;
  red.rgb = {255, 0, 0};
  EXPECT_EQ(share(green, {1, 1}), 1);  // 150
  EXPECT_EQ(share(red, {1, 1}), 0);    // 76
  auto half = grey(4, 2, 0);
  for (const int y : {0, 1}) std::fill(half.at(2, y), half.at(2, y) + 6, 255);
  EXPECT_EQ(mask_at(half, {8, 4}).sizes(), (std::vector<int64_t>{1, 1, 4, 8}));
  EXPECT_EQ(share(half, {8, 4}), 0.5);
}

TEST(MiddleSquare, CutsBothEndsAlike) {
  const auto wide = pattern(7, 5), square = middle_square(wide);
  ASSERT_EQ(square.width, 5);
  ASSERT_EQ(square.height, 5);
  EXPECT_EQ(square.at(0, 3)[0], wide.at(1, 3)[0]);
  EXPECT_EQ(square.at(4, 4)[2], wide.at(5, 4)[2]);
  EXPECT_EQ(middle_square(pattern(2, 5)).at(1, 0)[0], pattern(2, 5).at(1, 1)[0]);
}

}  // namespace
}  // namespace imagine::models
