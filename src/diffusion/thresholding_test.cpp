#include "diffusion/thresholding.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::diffusion {
namespace {

Tensor threshold(const Tensor& clean, double quantile) {
  return thresholded({.clean = clean}, quantile).clean;
}

TEST(Thresholding, LeavesValuesInsideTheRangeAlone) {
  const auto clean = torch::linspace(-1, 1, 12).view({1, 3, 2, 2});
  EXPECT_TRUE(torch::equal(threshold(clean, 0.5), clean));
}

TEST(Thresholding, DividesEachPictureByItsOwnLimit) {
  const auto modest = torch::linspace(-1, 1, 12).view({1, 3, 2, 2});
  const auto result = threshold(torch::cat({modest, 4 * modest}), 1);
  EXPECT_TRUE(torch::allclose(result, torch::cat({modest, modest})));
}

TEST(Thresholding, ClampsWhatLiesBeyondTheQuantile) {
  // Absolute values 0 .. 10: the quantile 0.8 is 8.
  const auto result = threshold(-torch::arange(11, torch::kFloat).view({1, 1, 1, 11}), 0.8);
  const auto expected = -torch::arange(11, torch::kFloat).clamp_max(8) / 8;
  EXPECT_TRUE(torch::allclose(result.flatten(), expected));
}

TEST(Thresholding, TheLimitIsTheQuantileBetweenTwoValues) {
  torch::manual_seed(1);
  const auto clean = torch::randn({2, 3, 7, 5}) * 4;
  for (const double quantile : {0.0, 0.31, 0.5, 0.951, 0.9999, 1.0}) {
    const auto limit = torch::quantile(clean.flatten(1).abs(), quantile, 1).clamp_min(1);
    const auto wide = limit.view({2, 1, 1, 1});
    EXPECT_TRUE(torch::allclose(threshold(clean, quantile), clean.clamp(-wide, wide) / wide))
        << quantile;
  }
}

TEST(Thresholding, TheCapIsTheLargestLimit) {
  const auto ramp = torch::arange(11, torch::kFloat).view({1, 1, 1, 11});
  const auto result = thresholded({.clean = ramp}, 0.8, 2).clean;
  EXPECT_TRUE(torch::equal(result, ramp.clamp_max(2) / 2));
}

TEST(Clipping, CutsThePictureAndLeavesTheNoise) {
  const auto ramp = torch::arange(11, torch::kFloat).view({1, 1, 1, 11});
  const auto result = clipped({.clean = ramp, .noise = ramp}, 3);
  EXPECT_TRUE(torch::equal(result.clean, ramp.clamp_max(3)));
  EXPECT_TRUE(torch::equal(result.noise, ramp));
}

}  // namespace
}  // namespace imagine::diffusion
