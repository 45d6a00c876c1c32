#include "bench/mmjit.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::bench {
namespace {

const std::filesystem::path kData = IMAGINE_SOURCE_DIR "/tests/data";
const auto kModel = kData / "tiny-minit2i";

TEST(TimeMmJit, TimesOneEvaluation) {
  const auto timing = time_mmjit(kModel, {.dtype = "fp32", .timing = {.runs = 2}});
  EXPECT_EQ(timing.what, "tiny-minit2i");
  EXPECT_EQ(timing.mode, "fp32");
  EXPECT_GT(timing.median_ms, 0);
  EXPECT_GT(timing.gflop, 0);
}

TEST(TimeMmJit, TimesBytesWithoutAShareOfThePeak) {
  const auto timing = time_mmjit(kModel, {.dtype = "int8", .timing = {.runs = 1}});
  EXPECT_EQ(timing.mode, "int8");
  EXPECT_GT(timing.median_ms, 0);
  EXPECT_EQ(timing.share_of_peak, 0);
}

TEST(TimeMmJit, TimesAStudent) {
  const auto timing =
      time_mmjit(kData / "tiny-minit2i-mf/student", {.dtype = "fp32", .timing = {.runs = 1}});
  EXPECT_EQ(timing.what, "student");
}

TEST(TimeMmJit, RefusesABatchOfNothing) {
  EXPECT_THROW(time_mmjit(kModel, {.batch = 0}), ConfigError);
}

}  // namespace
}  // namespace imagine::bench
