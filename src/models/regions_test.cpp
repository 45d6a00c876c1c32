#include "models/regions.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

constexpr Extent kGrid = {.width = 4, .height = 2};

TEST(Regions, ASquaresShareIsWhatOfItIsCovered) {
  const auto shares = region_shares({{.box = {0, 0, 0.5, 0.5}, .strength = 1},
                                     {.box = {0.625, 0.25, 0.375, 0.75}, .strength = 1}},
                                    kGrid);
  const auto expected = torch::tensor({{{1.0F, 1.0F, 0.0F, 0.0F}, {0.0F, 0.0F, 0.0F, 0.0F}},
                                       {{0.0F, 0.0F, 0.25F, 0.5F}, {0.0F, 0.0F, 0.5F, 1.0F}}});
  EXPECT_TRUE(torch::allclose(shares, expected, 1e-5, 1e-5)) << shares;
}

TEST(Regions, WhatOthersLeaveIsTheBackgrounds) {
  const auto shares = region_shares(
      {{.box = {0, 0, 0.5, 1}, .strength = 1}, {.box = {0, 0, 0, 0}, .strength = 1}}, kGrid);
  EXPECT_TRUE(torch::equal(shares[1], 1 - shares[0]));
}

TEST(Regions, AFeatheredEdgeFadesAndKeepsItsMiddle) {
  const Extent fine{.width = 64, .height = 64};
  const auto soft =
      region_shares({{.box = {0.25, 0.25, 0.5, 0.5}, .strength = 1, .feather = 0.5}}, fine)[0];
  EXPECT_NEAR(soft[32][32].item<double>(), 1, 1e-6);
  EXPECT_NEAR(soft[32][16].item<double>(), 0.5, 0.04) << "half at the box's edge";
  EXPECT_GT(soft[32][12].item<double>(), 0.1) << "some beyond it";
  EXPECT_EQ(soft[32][2].item<double>(), 0);
}

TEST(Regions, BiasesCountWordsAsMuchAsTheyBelongToAPlace) {
  const auto biases = region_biases(
      {{.box = {0, 0, 0.5, 1}, .strength = 0.75}, {.box = {0.5, 0, 0.5, 1}, .strength = 1}}, kGrid);
  ASSERT_EQ(biases.size(), 3u);
  for (const auto& bias : biases) EXPECT_EQ(bias.sizes(), (torch::IntArrayRef{1, 1, 8, 1}));
  const auto at = [&](std::size_t text, int64_t place) {
    return std::exp(biases[text][0][0][place][0].item<double>());
  };
  EXPECT_NEAR(at(0, 0), 0.25, 1e-6)
      << "the picture's own words, where a region takes three quarters";
  EXPECT_EQ(at(0, 3), 0) << "where another takes all";
  EXPECT_NEAR(at(1, 0), 1, 1e-6);
  EXPECT_EQ(at(1, 3), 0) << "a region's words are not seen outside";
  EXPECT_NEAR(at(2, 7), 1, 1e-6);
}

TEST(Regions, WeightsOfAPlaceAreOneTogether) {
  const auto weights = region_weights({{.box = {0, 0, 0.6, 1}, .strength = 0.5},
                                       {.box = {0.4, 0, 0.6, 1}, .strength = 1, .feather = 0.2}},
                                      kGrid);
  EXPECT_EQ(weights.sizes(), (torch::IntArrayRef{3, 2, 4}));
  EXPECT_TRUE(torch::allclose(weights.sum(0), torch::ones({2, 4})));
  EXPECT_NEAR(weights[0][0][0].item<double>(), 0.5, 1e-6);
  EXPECT_NEAR(weights[2][0][3].item<double>(), 1, 1e-6);
}

}  // namespace
}  // namespace imagine::models
