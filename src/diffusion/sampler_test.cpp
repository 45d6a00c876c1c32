#include "diffusion/sampler.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/names.h"
#include "diffusion/flow.h"
#include "imagine/error.h"

namespace imagine::diffusion {
namespace {

constexpr double kMean = 0.3, kStd = 0.5;

/// The exact denoiser of pixels that are normal with kMean and kStd: a linear regression.
Prediction denoise_gaussian(const Tensor& noisy, NoiseLevel level) {
  const double variance = kStd * kStd;
  const double gain =
      level.alpha * variance / (level.alpha * level.alpha * variance + level.sigma * level.sigma);
  return {.clean = kMean + gain * (noisy - level.alpha * kMean)};
}

Tensor noise() {
  auto generator = at::detail::createCPUGenerator(5);
  return torch::randn({4, 3, 32, 32}, generator, torch::kDouble);
}

Sampler straight(const std::string& name) {
  auto sampler = sampler_of(*value_named<SamplerName>(name));
  sampler.straight = true;
  return sampler;
}

/// The flow maps noise n to kMean + kStd n exactly.
double error_of(const std::string& name, int64_t steps) {
  const auto result = sample(straight(name), {.schedule = flow_schedule(steps), .noisy = noise()},
                             denoise_gaussian);
  return (result - (kMean + kStd * noise())).abs().max().item<double>();
}

TEST(Sampler, EverySamplerReachesTheGaussian) {
  EXPECT_LT(error_of("euler", 400), 0.02);
  for (const auto* name : {"heun", "dpm++", "dpm++3m", "unipc"}) {
    EXPECT_LT(error_of(name, 100), 0.02) << name;
  }
}

TEST(Sampler, HalvingTheStepShrinksTheErrorByItsOrder) {
  EXPECT_NEAR(error_of("euler", 64) / error_of("euler", 128), 2, 0.4);
  EXPECT_GT(error_of("heun", 32) / error_of("heun", 64), 3);
  EXPECT_LT(error_of("dpm++", 32), error_of("euler", 32));
  EXPECT_LT(error_of("unipc", 32), error_of("euler", 32));
}

TEST(Sampler, DdpmDrawsFromTheGaussian) {
  auto generator = at::detail::createCPUGenerator(6);
  const NoiseSource draw = [&](const Tensor& like) {
    return torch::randn(like.sizes(), generator, like.options());
  };
  const auto result =
      sample(sampler_of(SamplerName::ddpm),
             {.schedule = flow_schedule(200), .noisy = noise(), .noise = draw}, denoise_gaussian);
  EXPECT_NEAR(result.mean().item<double>(), kMean, 0.02);
  EXPECT_NEAR(result.std().item<double>(), kStd, 0.02);
  EXPECT_LT(std::abs((result * noise()).mean().item<double>()), 0.1);  // the start is forgotten
}

TEST(Sampler, APerfectDenoiserGivesThePicture) {
  const auto picture = torch::full({1, 3, 4, 4}, 0.25, torch::kDouble);
  const Denoiser perfect = [&](const Tensor&, NoiseLevel) { return Prediction{.clean = picture}; };
  for (const auto* name : {"euler", "heun", "dpm++", "dpm++3m", "unipc"}) {
    const auto start = noise().narrow(0, 0, 1).narrow(2, 0, 4).narrow(3, 0, 4);
    const auto result =
        sample(straight(name), {.schedule = flow_schedule(7), .noisy = start}, perfect);
    EXPECT_LT((result - picture).abs().max().item<double>(), 1e-9) << name;
  }
}

TEST(Sampler, NamesRoundTrip) {
  for (const auto& name : all_names<SamplerName>()) {
    if (name == "euler") continue;  // which is ddim
    EXPECT_EQ(name_of(name_of(sampler_of(*value_named<SamplerName>(name)))), name);
  }
}

std::vector<double> times_of(const SamplingSchedule& schedule) {
  std::vector<double> times{schedule.steps.front().from.time};
  for (const auto& step : schedule.steps) times.push_back(step.to.time);
  return times;
}

TEST(FlowSchedule, RunsFromNoiseToCleanAndShifts) {
  EXPECT_THAT(times_of(flow_schedule(4)), testing::ElementsAre(0, 0.25, 0.5, 0.75, 1));
  const auto shifted = times_of(flow_schedule(4, 3));
  EXPECT_DOUBLE_EQ(shifted.back(), 1);
  EXPECT_LT(shifted[2], 0.5);
  EXPECT_THAT(times_of(flow_schedule(2, 1, 0.5)), testing::ElementsAre(0.5, 0.75, 1));
  EXPECT_THROW(flow_schedule(0), ConfigError);
}

TEST(FlowSchedule, ItsFirstStepIsAsFarAsIsAskedHoweverManyFollow) {
  for (const int64_t count : {2, 5, 16, 40}) {
    const auto times = times_of(flow_schedule(count, shift_for(count, 0.0625)));
    EXPECT_NEAR(times[1], 0.0625, 1e-12) << count;
    EXPECT_TRUE(std::ranges::is_sorted(times)) << count;
    EXPECT_DOUBLE_EQ(times.back(), 1) << count;
  }
  EXPECT_EQ(shift_for(16, 0.0625), 1);  // even steps
  EXPECT_EQ(shift_for(8, 0), 1);
  EXPECT_EQ(shift_for(1, 0.0625), 1);
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
