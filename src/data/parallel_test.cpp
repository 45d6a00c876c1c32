#include "data/parallel.h"

#include <atomic>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace imagine::data {
namespace {

TEST(Parallel, EveryItemOnce) {
  std::vector<std::atomic<int>> calls(100);
  parallel_for(100, 4, [&](int i) { ++calls[std::size_t(i)]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST(Parallel, AFailureStopsTheRest) {
  std::atomic<int> calls = 0;
  const auto third_fails = [&](int i) {
    ++calls;
    if (i == 3) throw std::runtime_error("three");
  };
  EXPECT_THROW(parallel_for(1000, 1, third_fails), std::runtime_error);
  EXPECT_EQ(calls, 4);
  EXPECT_THROW(parallel_for(1000, 4, third_fails), std::runtime_error);
}

}  // namespace
}  // namespace imagine::data
