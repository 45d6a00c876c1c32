#include "bench/train.h"

#include <gmock/gmock.h>

namespace imagine::bench {
namespace {

TEST(TimeTraining, TimesUpdatesOfTheDefaultNetwork) {
  const auto timing = time_training({.batch = 1, .dtype = "fp32", .timing = {.runs = 1}});
  EXPECT_EQ(timing.what, "train 64, batch 1");
  EXPECT_EQ(timing.mode, "fp32");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimeTraining, RefusesAConfigOfAnotherStage) {
  EXPECT_THAT([] { time_training({.config = IMAGINE_SOURCE_DIR "/configs/upscaler.json"}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("stage: expected base")));
}

}  // namespace
}  // namespace imagine::bench
