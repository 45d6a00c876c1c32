#include "bench/sampler.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::bench {
namespace {

TEST(TimeSampler, WalksTheWholePath) {
  const auto timing = time_sampler({.steps = 3, .size = 16, .timing = {.runs = 2}});
  EXPECT_EQ(timing.what, "dpm++, 3 steps, 16 pixels");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimeSampler, RefusesWhatIsNoSampler) {
  EXPECT_THROW(time_sampler({.sampler = SamplerName::ddpm}), ConfigError);  // walks no flow
  EXPECT_THROW(time_sampler({.steps = 0}), ConfigError);
}

}  // namespace
}  // namespace imagine::bench
