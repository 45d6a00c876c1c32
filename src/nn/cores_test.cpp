#include "nn/cores.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include <torch/utils.h>

namespace imagine::nn {
namespace {

/// Gives this thread another number of cores while it lives.
class Cores {
 public:
  explicit Cores(int count) : before_(torch::get_num_threads()) { torch::set_num_threads(count); }
  ~Cores() { torch::set_num_threads(before_); }
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

 private:
  int before_;
};

TEST(OnCores, AllWorkAtOnceEachWithItsCores) {
  std::latch all(3);
  std::vector<int> threads(3);
  on_cores(3, 2, [&](int64_t worker) {
    all.arrive_and_wait();  // would wait for ever if one worked after the other
    threads[std::size_t(worker)] = torch::get_num_threads();
  });
  EXPECT_EQ(threads, (std::vector<int>{2, 2, 2}));
}

TEST(OnCores, RecordGradientsAsTheirCallerDoes) {
  for (const bool records : {false, true}) {
    torch::AutoGradMode mode(records);
    std::atomic<int> recording = 0;
    on_cores(2, 1, [&](int64_t) { recording += torch::GradMode::is_enabled(); });
    EXPECT_EQ(recording, records ? 2 : 0);
  }
}

TEST(OnCores, LeaveTheCallersCoresAlone) {
  const Cores cores(3);
  on_cores(2, 1, [](int64_t) {});
  EXPECT_EQ(torch::get_num_threads(), 3);
}

TEST(OnCores, WhatOneThrowsIsThrownWhenAllAreDone) {
  std::atomic<bool> other_done = false;
  const auto work = [&](int64_t worker) {
    if (worker == 0) throw std::runtime_error("of the first");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    other_done = true;
  };
  EXPECT_THROW(on_cores(2, 1, work), std::runtime_error);
  EXPECT_TRUE(other_done);
}

TEST(ComputedInParts, EachRowIsComputedOnceAndStaysInItsPlace) {
  const auto x = torch::arange(15).view({5, 3});
  for (const int cores : {1, 2, 3, 8}) {
    const Cores available(cores);
    for (const int64_t rows : {1, 2, 5}) {
      std::atomic<int64_t> computed = 0, parts = 0;
      const auto y = computed_in_parts(rows, torch::kCPU, [&](int64_t begin, int64_t count) {
        computed += count, ++parts;
        return x.narrow(0, begin, count) * 2;
      });
      EXPECT_TRUE(torch::equal(y, x.narrow(0, 0, rows) * 2)) << cores << " cores, " << rows;
      EXPECT_EQ(computed, rows);
      EXPECT_EQ(parts, std::min<int64_t>(rows, cores));
    }
  }
}

}  // namespace
}  // namespace imagine::nn
