#include "bench/unet.h"

#include <gmock/gmock.h>

namespace imagine::bench {
namespace {

const std::filesystem::path kConfig =
    IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage2/unet/config.json";

TEST(TimeUnet, TimesTheTextAndOneEvaluation) {
  const auto timings = time_unet(kConfig, {.size = 32, .dtype = "fp32", .timing = {.runs = 2}});
  ASSERT_EQ(timings.size(), 2u);
  EXPECT_EQ(timings[0].what, "config.json text");
  EXPECT_EQ(timings[1].what, "config.json");
  EXPECT_EQ(timings[1].mode, "fp32");
  EXPECT_GT(timings[1].median_ms, 0);
}

TEST(TimeUnet, RefusesASizeThatTheNetworkCannotTake) {
  EXPECT_THAT([] { time_unet(kConfig, {.size = 33}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("size: expected a multiple")));
  EXPECT_THROW(time_unet(kConfig, {.batch = 0}), ConfigError);
}

}  // namespace
}  // namespace imagine::bench
