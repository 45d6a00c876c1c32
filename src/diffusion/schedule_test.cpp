#include "diffusion/schedule.h"

#include <cmath>
#include <gmock/gmock.h>
#include <numbers>

#include "imagine/error.h"

namespace imagine::diffusion {
namespace {

TEST(Schedule, TheCosineFollowsItsFormula) {
  const Schedule schedule({.name = "squaredcos_cap_v2"});
  const auto signal = [](double t) {
    return std::pow(std::cos((t / 1000 + 0.008) / 1.008 * std::numbers::pi / 2), 2);
  };
  for (const int64_t t : {0, 100, 500, 900}) {
    const double wanted = std::sqrt(signal(double(t + 1)) / signal(0));
    EXPECT_NEAR(schedule.level(t).alpha, wanted, 1e-4) << t;
  }
}

TEST(Schedule, SignalAndNoiseMakeOneAndFallWithTime) {
  for (const auto* name : {"linear", "scaled_linear", "squaredcos_cap_v2"}) {
    const Schedule schedule({.name = name});
    for (int64_t t = 0; t < schedule.timesteps(); ++t) {
      const auto [alpha, sigma, time] = schedule.level(t);
      EXPECT_NEAR(alpha * alpha + sigma * sigma, 1, 1e-6) << name << t;
      EXPECT_TRUE(t == 0 || alpha < schedule.level(t - 1).alpha) << name << t;
      EXPECT_EQ(time, double(t));
    }
  }
}

TEST(Schedule, TimesAndRatiosAreEachOthersInverse) {
  const Schedule schedule({.name = "linear"});
  for (const double t : {0.0, 1.0, 17.0, 500.0, 998.0, 999.0}) {
    EXPECT_NEAR(schedule.time_of_ratio(schedule.ratio_at(t)), t, 1e-3);
  }
  EXPECT_DOUBLE_EQ(schedule.ratio_at(10.5), (schedule.ratio_at(10) + schedule.ratio_at(11)) / 2);
  EXPECT_EQ(schedule.time_of_ratio(1e9), 999);
  EXPECT_EQ(schedule.time_of_ratio(1e-9), 0);
}

TEST(Schedule, RefusesWhatMakesNone) {
  for (const BetaSchedule& bad :
       {BetaSchedule{.name = "quadratic"}, BetaSchedule{.timesteps = 1},
        BetaSchedule{.begin = 0.1, .end = 0.01}, BetaSchedule{.begin = 0.1, .end = 1}}) {
    EXPECT_THROW(Schedule unused(bad), ConfigError) << bad.name << bad.timesteps;
  }
}

}  // namespace
}  // namespace imagine::diffusion
