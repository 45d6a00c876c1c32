#include "bench/encoder.h"

#include <gmock/gmock.h>

#include "nn/packed_product.h"

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

TEST(TimeEncoder, TimesLongerTextsToo) {
  const auto of = [](std::int64_t tokens) {
    return time_encoder(
        {.config = kConfig, .batch = 1, .tokens = tokens, .dtype = "fp32", .timing = {.runs = 1}});
  };
  EXPECT_GT(of(40).gflop, of(20).gflop);
}

TEST(TimeEncoder, TimesProductsOfBytes) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  const auto timing = time_encoder(
      {.config = kConfig, .batch = 1, .tokens = 20, .dtype = "int8", .timing = {.runs = 2}});
  EXPECT_EQ(timing.mode, "int8");
  EXPECT_GT(timing.median_ms, 0);
}

TEST(TimeEncoder, RefusesABatchOfNothing) {
  EXPECT_THROW(time_encoder({.config = kConfig, .tokens = 0}), ConfigError);
  EXPECT_THROW(time_encoder({.config = kConfig, .batch = 0}), ConfigError);
}

}  // namespace
}  // namespace imagine::bench
