#include "bench/encoder.h"

#include <gmock/gmock.h>

namespace imagine::bench {
namespace {

const std::string kConfig =
    IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder/config.json";

TEST(TimeEncoder, TimesAReading) {
  const auto timing = time_encoder({.config = kConfig, .dtype = "fp32", .timing = {.runs = 2}});
  EXPECT_EQ(timing.what, kConfig);
  EXPECT_EQ(timing.mode, "fp32");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimeEncoder, RefusesABatchOfNothing) {
  EXPECT_THROW(time_encoder({.config = kConfig, .batch = 0}), ConfigError);
}

}  // namespace
}  // namespace imagine::bench
