#include "diffusion/sampler.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "diffusion/guidance.h"
#include "imagine/error.h"

namespace imagine::diffusion {
namespace {

constexpr double kMean = 0.3, kStd = 0.5;

/// The exact denoiser of pixels that are normal with kMean and kStd: a linear regression.
Tensor denoise_gaussian(const Tensor& noisy, NoiseLevel level) {
  const double variance = kStd * kStd;
  const double gain =
      level.alpha * variance / (level.alpha * level.alpha * variance + level.sigma * level.sigma);
  return kMean + gain * (noisy - level.alpha * kMean);
}

Tensor noise() {
  auto generator = at::detail::createCPUGenerator(5);
  return torch::randn({4, 3, 32, 32}, generator, torch::kDouble);
}

/// The flow maps noise n to kMean + kStd n exactly.
double error_of(const Sampler& sampler, int64_t steps) {
  const auto result = sampler(denoise_gaussian, noise(), flow_times(steps), {});
  return (result - (kMean + kStd * noise())).abs().max().item<double>();
}

TEST(Sampler, EverySamplerReachesTheGaussian) {
  EXPECT_LT(error_of(sample_euler, 400), 0.02);
  EXPECT_LT(error_of(sample_heun, 100), 0.02);
  EXPECT_LT(error_of(sample_dpm_solver, 100), 0.02);
}

TEST(Sampler, HalvingTheStepShrinksTheErrorByItsOrder) {
  EXPECT_NEAR(error_of(sample_euler, 64) / error_of(sample_euler, 128), 2, 0.4);
  EXPECT_GT(error_of(sample_heun, 32) / error_of(sample_heun, 64), 3);
  EXPECT_LT(error_of(sample_dpm_solver, 32), error_of(sample_euler, 32));
}

TEST(Sampler, APerfectDenoiserGivesThePicture) {
  const auto picture = torch::full({1, 3, 4, 4}, 0.25, torch::kDouble);
  const Denoiser perfect = [&](const Tensor&, NoiseLevel) { return picture; };
  for (const auto* name : {"euler", "heun", "dpm++"}) {
    const auto start = noise().narrow(0, 0, 1).narrow(2, 0, 4).narrow(3, 0, 4);
    const auto result = sampler_named(name)(perfect, start, flow_times(7), {});
    EXPECT_LT((result - picture).abs().max().item<double>(), 1e-9) << name;
  }
}

TEST(Sampler, AnUnknownNameListsTheKnownOnes) {
  EXPECT_THAT([] { sampler_named("ddim"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("dpm++, euler or heun")));
}

TEST(Sampler, ReportsEveryStepAndStopsWhenTold) {
  int steps = 0;
  const OnStep stop_at_three = [&](const Step& step) {
    EXPECT_EQ(step.index, steps);
    EXPECT_EQ(step.count, 8);
    return ++steps < 3;
  };
  EXPECT_THROW(sample_euler(denoise_gaussian, noise(), flow_times(8), stop_at_three), Interrupted);
  EXPECT_EQ(steps, 3);
}

TEST(FlowTimes, RunFromNoiseToCleanAndShift) {
  EXPECT_THAT(flow_times(4), testing::ElementsAre(0, 0.25, 0.5, 0.75, 1));
  const auto shifted = flow_times(4, 3);
  EXPECT_DOUBLE_EQ(shifted.back(), 1);
  EXPECT_LT(shifted[2], 0.5);
  EXPECT_THAT(flow_times(2, 1, 0.5), testing::ElementsAre(0.5, 0.75, 1));
  EXPECT_THROW(flow_times(0), ConfigError);
}

TEST(Guidance, PushesAwayFromTheUntoldPredictionInsideItsInterval) {
  const PairDenoiser pair = [](const Tensor& noisy, NoiseLevel) {
    return torch::cat({torch::full_like(noisy, 2), torch::full_like(noisy, 1)});
  };
  const Denoiser told = [](const Tensor& noisy, NoiseLevel) { return torch::full_like(noisy, 2); };
  const auto denoise = guided(pair, told, {.scale = 3, .begin = 0.2, .end = 0.8});
  const auto at = [&](double t) {
    return denoise(torch::zeros({1, 3, 2, 2}), flow_level(t)).mean().item<double>();
  };
  EXPECT_DOUBLE_EQ(at(0.5), 4);  // 1 + 3 (2 - 1)
  EXPECT_DOUBLE_EQ(at(0.1), 2);
  EXPECT_DOUBLE_EQ(at(0.9), 2);
}

TEST(Thresholding, KeepsTheRangeAndLeavesModestPicturesAlone) {
  const auto modest = torch::linspace(-0.9, 0.9, 48).view({1, 3, 4, 4});
  const auto wrap = [](const Tensor& clean) {
    return thresholded([clean](const Tensor&, NoiseLevel) { return clean; }, 0.9)(clean,
                                                                                  flow_level(0.5));
  };
  EXPECT_TRUE(torch::equal(wrap(modest), modest));
  EXPECT_LE(wrap(modest * 10).abs().max().item<double>(), 1);
}

TEST(LogitNormalTimes, AreStratifiedAndHaveTheDistribution) {
  auto generator = at::detail::createCPUGenerator(1);
  const auto t = logit_normal_times(2000, -0.3, 1.2, generator).to(torch::kDouble);
  const auto logits = torch::log(t / (1 - t));
  EXPECT_NEAR(logits.mean().item<double>(), -0.3, 0.01);
  EXPECT_NEAR(logits.std().item<double>(), 1.2, 0.02);
}

}  // namespace
}  // namespace imagine::diffusion
