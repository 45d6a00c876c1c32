#include "diffusion/guidance.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "diffusion/flow.h"

namespace imagine::diffusion {
namespace {

Tensor told_picture(const Tensor& noisy) { return noisy + 2; }
Tensor untold_picture(const Tensor& noisy) { return noisy - 1; }

Prediction told_prediction(const Tensor& noisy, NoiseLevel) {
  return {.clean = told_picture(noisy)};
}

class GuidanceTest : public testing::Test {
 protected:
  Tensor predict(const GuidanceOptions& options, double t = 0.5) {
    const PairDenoiser pair = [this](const Tensor& noisy, NoiseLevel) {
      ++pairs_;
      return Prediction{.clean = torch::cat({told_picture(noisy), untold_picture(noisy)})};
    };
    return guided(pair, told_prediction, options)(noisy_, flow_level(t)).clean;
  }

  Tensor noisy_ = torch::linspace(-1, 1, 24).view({2, 3, 2, 2});
  Tensor told_ = told_picture(noisy_);
  int pairs_ = 0;
};

TEST_F(GuidanceTest, AScaleOfOneIsThePredictionWithThePromptAlone) {
  EXPECT_TRUE(torch::equal(predict({.scale = 1}), told_));
  EXPECT_EQ(pairs_, 0);
}

TEST_F(GuidanceTest, AScaleOfZeroIsThePredictionWithoutThePrompt) {
  EXPECT_TRUE(torch::allclose(predict({.scale = 0}), untold_picture(noisy_)));
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

TEST_F(GuidanceTest, NoiseIsPushedTooAndTheVarianceIsTheToldOnes) {
  const PairDenoiser pair = [](const Tensor& noisy, NoiseLevel) {
    const auto both = torch::cat({torch::full_like(noisy, 2), torch::full_like(noisy, 1)});
    return Prediction{.clean = both, .noise = -both, .variance = both};
  };
  const auto result = guided(pair, pair, {.scale = 3})(noisy_, flow_level(0.5));
  EXPECT_TRUE(torch::equal(result.clean, torch::full_like(noisy_, 4)));  // 1 + 3 (2 - 1)
  EXPECT_TRUE(torch::equal(result.noise, torch::full_like(noisy_, -4)));
  EXPECT_TRUE(torch::equal(result.variance, torch::full_like(noisy_, 2)));
}

}  // namespace
}  // namespace imagine::diffusion
