#include "diffusion/guidance.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::diffusion {
namespace {

Tensor told_prediction(const Tensor& noisy, NoiseLevel) { return noisy + 2; }
Tensor untold_prediction(const Tensor& noisy) { return noisy - 1; }

class GuidanceTest : public testing::Test {
 protected:
  Tensor predict(const GuidanceOptions& options, double t = 0.5) {
    const PairDenoiser pair = [this](const Tensor& noisy, NoiseLevel level) {
      ++pairs_;
      return torch::cat({told_prediction(noisy, level), untold_prediction(noisy)});
    };
    return guided(pair, told_prediction, options)(noisy_, flow_level(t));
  }

  Tensor noisy_ = torch::linspace(-1, 1, 24).view({2, 3, 2, 2});
  Tensor told_ = told_prediction(noisy_, flow_level(0.5));
  int pairs_ = 0;
};

TEST_F(GuidanceTest, AScaleOfOneIsThePredictionWithThePromptAlone) {
  EXPECT_TRUE(torch::equal(predict({.scale = 1}), told_));
  EXPECT_EQ(pairs_, 0);
}

TEST_F(GuidanceTest, AScaleOfZeroIsThePredictionWithoutThePrompt) {
  EXPECT_TRUE(torch::allclose(predict({.scale = 0}), untold_prediction(noisy_)));
}

TEST_F(GuidanceTest, ALargeScaleGoesBeyondThePromptByTheDifference) {
  EXPECT_TRUE(torch::allclose(predict({.scale = 3}), told_ + 2 * 3));
  EXPECT_EQ(pairs_, 1);
}

TEST_F(GuidanceTest, TheIntervalHoldsItsBeginningAndNotItsEnd) {
  const GuidanceOptions options{.scale = 3, .begin = 0.25, .end = 0.75};
  const auto guided_at = [&](double t) { return !torch::equal(predict(options, t), told_); };
  EXPECT_FALSE(guided_at(0.2));
  EXPECT_TRUE(guided_at(0.25));
  EXPECT_TRUE(guided_at(0.5));
  EXPECT_FALSE(guided_at(0.75));
  EXPECT_EQ(pairs_, 2);
}

/// thresholded() around a denoiser that always predicts `clean`.
Tensor threshold(const Tensor& clean, double quantile) {
  const Denoiser denoise = [clean](const Tensor&, NoiseLevel) { return clean; };
  return thresholded(denoise, quantile)(torch::zeros_like(clean), flow_level(0.5));
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

}  // namespace
}  // namespace imagine::diffusion
