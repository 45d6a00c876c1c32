#include "models/windows.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

TEST(WindowedExtent, KeepsTheShorterSide) {
  EXPECT_EQ(windowed_extent(3, 64), (Extent{.width = 192, .height = 64}));
  EXPECT_EQ(windowed_extent(0.5, 64), (Extent{.width = 64, .height = 128}));
  EXPECT_EQ(windowed_extent(1, 64), (Extent{.width = 64, .height = 64}));
  EXPECT_EQ(windowed_extent(1.01, 64), (Extent{.width = 64, .height = 64}));
  EXPECT_EQ(windowed_extent(1.3, 64), (Extent{.width = 80, .height = 64}));
}

TEST(Windows, CoverAPictureAndOverlapByHalf) {
  for (const std::int64_t width : {16, 24, 32, 40, 128}) {
    const Windows windows({.width = width, .height = 16}, 16);
    const auto places = torch::arange(double(width)).view({1, 1, 1, -1}).expand({1, 3, 16, -1});
    double last = 0;
    for (std::size_t i = 0; i < windows.count(); ++i) {
      const auto part = windows.cut(places, i);
      EXPECT_EQ(part.size(3), 16);
      const auto begin = part[0][0][0][0].item<double>();
      EXPECT_LE(begin - last, 8) << width;
      last = begin;
    }
    EXPECT_EQ(last, double(width - 16)) << width;
  }
}

TEST(Windows, OfAPictureGiveItBack) {
  const auto picture = torch::randn({2, 3, 40, 16});
  const Windows windows({.width = 16, .height = 40}, 16);
  std::vector<diffusion::Prediction> parts;
  for (std::size_t i = 0; i < windows.count(); ++i)
    parts.push_back({.clean = windows.cut(picture, i)});
  const auto joined = windows.joined(parts);
  EXPECT_TRUE(torch::allclose(joined.clean, picture, 1e-5, 1e-6));
  EXPECT_FALSE(joined.noise.defined());
}

TEST(Windows, WhatLiesInSeveralIsMostlyOfTheNearest) {
  const Windows windows({.width = 24, .height = 16}, 16);
  ASSERT_EQ(windows.count(), 2u);
  const auto zeros = torch::zeros({1, 1, 16, 16}), ones = torch::ones({1, 1, 16, 16});
  const std::vector<diffusion::Prediction> parts = {{.clean = zeros}, {.clean = ones}};
  const auto row = windows.joined(parts).clean[0][0][5];
  EXPECT_EQ(row[7].item<double>(), 0);
  EXPECT_EQ(row[16].item<double>(), 1);
  EXPECT_NEAR(row[8].item<double>(), 1.0 / 9, 1e-6)
      << "8 from the first's end, 1 from the second's";
  for (int i = 8; i < 16; ++i) EXPECT_LT(row[i - 1].item<double>(), row[i].item<double>());
}

TEST(Windows, NoneIsThePictureItself) {
  const Windows windows({.width = 24, .height = 16}, 0);
  const auto picture = torch::randn({1, 3, 16, 24});
  EXPECT_TRUE(windows.cut(picture, 0).is_same(picture));
  const std::vector<diffusion::Prediction> one = {{.clean = picture}};
  EXPECT_TRUE(windows.joined(one).clean.is_same(picture));
}

}  // namespace
}  // namespace imagine::models
