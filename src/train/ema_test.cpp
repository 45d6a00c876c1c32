#include "train/ema.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::train {
namespace {

TEST(PowerEmaGamma, InvertsTheProfilesVariance) {
  for (const double gamma : {1.0, 6.94, 16.97, 90.0}) {
    const double variance = (gamma + 1) / ((gamma + 2) * (gamma + 2) * (gamma + 3));
    EXPECT_NEAR(power_ema_gamma(std::sqrt(variance)), gamma, 1e-6);
  }
}

TEST(PowerEmaGamma, TellsTheRangeOfWidths) {
  EXPECT_GT(power_ema_gamma(0.01), power_ema_gamma(0.25));
  for (const double width : {0.009, 0.26, -0.1, double(NAN)}) {
    EXPECT_THAT([&] { PowerEma(torch::zeros({1}), width); },
                testing::ThrowsMessage<ConfigError>(testing::HasSubstr("0.01 .. 0.25")));
  }
}

TEST(PowerEma, BeginsWithACopyOfTheWeightsAndForgetsThemAtTheFirstUpdate) {
  auto weights = torch::tensor({1.0F, 2.0F});
  PowerEma ema(weights, 0.1);
  weights.zero_();
  EXPECT_TRUE(torch::equal(ema.average(), torch::tensor({1.0F, 2.0F})));
  ema.update(torch::tensor({5.0F, -7.0F}), 8, 8);
  EXPECT_TRUE(torch::equal(ema.average(), torch::tensor({5.0F, -7.0F})));
}

TEST(PowerEma, OfAConstantIsThatConstant) {
  const auto weights = torch::linspace(-3, 3, 7);
  PowerEma ema(weights, 0.05);
  for (int step = 1; step <= 50; ++step) ema.update(weights, step, 1);
  EXPECT_TRUE(torch::equal(ema.average(), weights));
}

TEST(PowerEma, HasItsProfilesMeanAndWidthWhereSomeStepsAreLeftOut) {
  constexpr int64_t kSteps = 8000, kEvery = 8;
  for (const double width : {0.05, 0.2}) {
    PowerEma ema(torch::zeros({2}, torch::kDouble), width);
    for (int64_t step = kEvery; step <= kSteps; step += kEvery) {
      const double t = double(step) / kSteps;
      ema.update(torch::tensor({t, t * t}, torch::kDouble), step, kEvery);
    }
    const double mean = ema.average()[0].item<double>();
    const double gamma = power_ema_gamma(width);
    EXPECT_NEAR(mean, (gamma + 1) / (gamma + 2), 1e-3);
    EXPECT_NEAR(std::sqrt(ema.average()[1].item<double>() - mean * mean), width, 1e-3);
  }
}

}  // namespace
}  // namespace imagine::train
