#include "bench/pipeline.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::bench {
namespace {

const std::filesystem::path kModel = IMAGINE_SOURCE_DIR "/tests/data/tiny-if";

TEST(TimePipeline, TimesAPictureOfTheSizeAskedFor) {
  const auto timing = time_pipeline({.model = kModel,
                                     .stages = {{.steps = std::int64_t(2)}},
                                     .dtype = "fp32",
                                     .timing = {.runs = 1}});
  EXPECT_THAT(timing.what, testing::StartsWith("tiny-if, "));
  EXPECT_EQ(timing.mode, "fp32");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimePipeline, TimesBytesAndTheFile) {
  const auto timing = time_pipeline({.model = IMAGINE_SOURCE_DIR "/tests/data/tiny-minit2i",
                                     .stages = {{.steps = std::int64_t(2)}},
                                     .dtype = "int8",
                                     .png = true,
                                     .timing = {.runs = 1}});
  EXPECT_EQ(timing.mode, "int8");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimePipeline, RefusesAModelThatIsNotThere) {
  EXPECT_THROW(time_pipeline({.model = "no such folder"}), FormatError);
}

}  // namespace
}  // namespace imagine::bench
