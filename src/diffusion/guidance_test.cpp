#include "diffusion/guidance.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "diffusion/flow.h"

namespace imagine::diffusion {
namespace {

Tensor filled(double value) { return torch::full({2, 3, 2, 2}, value); }

TEST(Guided, AScaleOfOneIsTheConditionalPredictionAndOfZeroTheUnconditionalOne) {
  const Prediction conditional{.clean = filled(2)}, unconditional{.clean = filled(-1)};
  EXPECT_TRUE(torch::equal(guided(conditional, unconditional, 1).clean, filled(2)));
  EXPECT_TRUE(torch::equal(guided(conditional, unconditional, 0).clean, filled(-1)));
}

TEST(Guided, ALargeScaleGoesBeyondThePromptByTheDifference) {
  const auto result = guided({.clean = filled(2)}, {.clean = filled(-1)}, 3).clean;
  EXPECT_TRUE(torch::allclose(result, filled(-1 + 3 * (2 - -1))));
}

TEST(Guided, NoiseIsPushedTooAndTheVarianceIsTheConditionalOnes) {
  const auto of = [](double value) {
    return Prediction{.clean = filled(value), .noise = filled(-value), .variance = filled(value)};
  };
  const auto result = guided(of(2), of(1), 3);
  EXPECT_TRUE(torch::equal(result.clean, filled(4)));  // 1 + 3 (2 - 1)
  EXPECT_TRUE(torch::equal(result.noise, filled(-4)));
  EXPECT_TRUE(torch::equal(result.variance, filled(2)));
}

TEST(GuidanceOptions, TheIntervalHoldsItsBeginningAndNotItsEnd) {
  const GuidanceOptions options{.scale = 3, .begin = 0.25, .end = 0.75};
  EXPECT_FALSE(options.guides(flow_level(0.2)));
  EXPECT_TRUE(options.guides(flow_level(0.25)));
  EXPECT_TRUE(options.guides(flow_level(0.5)));
  EXPECT_FALSE(options.guides(flow_level(0.75)));
}

TEST(GuidanceOptions, AScaleOfOneNeedsNoUnconditionalPrediction) {
  EXPECT_FALSE(GuidanceOptions{.scale = 1}.guides(flow_level(0.5)));
  EXPECT_TRUE(GuidanceOptions{.scale = 0}.guides(flow_level(0.5)));
}

}  // namespace
}  // namespace imagine::diffusion
