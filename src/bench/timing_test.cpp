#include "bench/timing.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::bench {
namespace {

TEST(Timing, CountsItsRunsAndTakesTheMiddleOne) {
  int called = 0;
  const auto timing = timed(
      [&] {  // 2 unmeasured, then one slow and two fast ones
        const bool slow = called++ == 2;
        std::this_thread::sleep_for(std::chrono::milliseconds(slow ? 60 : 1));
      },
      {.runs = 3});
  EXPECT_EQ(called, 5);
  EXPECT_EQ(timing.runs, 3);
  EXPECT_GE(timing.min_ms, 1);
  EXPECT_GE(timing.median_ms, timing.min_ms);
  EXPECT_LT(timing.median_ms, 60);
  EXPECT_GE(timing.threads, 1);
  EXPECT_GT(timing.peak_rss_mb, 1);
}

TEST(Timing, OfNoRunsIsRefused) {
  EXPECT_THROW(timed([] {}, {.runs = 0}), InputError);
}

TEST(Measured, CountsTheWorkAndComparesItWithThePeak) {
  const auto a = torch::randn({512, 512});
  const auto timing = measured([&] { torch::mm(a, a); }, torch::kFloat, {.runs = 5});
  EXPECT_NEAR(timing.gflop, 2 * 512.0 * 512 * 512 / 1e9, 1e-6);
  EXPECT_NEAR(timing.gflops, timing.gflop / timing.median_ms * 1000, 1e-3);
  EXPECT_GT(timing.share_of_peak, 0);
  EXPECT_EQ(timing.mode, "fp32");
}

}  // namespace
}  // namespace imagine::bench
