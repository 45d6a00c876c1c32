#include "tensor/cores.h"

#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <torch/utils.h>

namespace imagine::tensor {
namespace {

/// How many cores the operations of a thread that is new use.
int cores_of_a_new_thread() {
  int count = 0;
  std::thread([&] { count = at::get_num_threads(); }).join();
  return count;
}

TEST(UseCores, IsOfTheCallingThreadAlone) {
  const int usual = cores_of_a_new_thread();
  int own = 0;
  std::thread([&] {
    use_cores(usual + 3);
    own = at::get_num_threads();
  }).join();
  EXPECT_EQ(own, usual + 3);
  EXPECT_EQ(cores_of_a_new_thread(), usual);
  EXPECT_EQ(at::get_num_threads(), usual);
}

TEST(Cores, AllWorkAtOnceEachWithItsCores) {
  std::latch all(3);
  std::vector<int> threads(3);
  Cores cores;
  cores.run(3, 2, [&](int64_t worker) {
    all.arrive_and_wait();  // would wait for ever if one worked after the other
    threads[std::size_t(worker)] = at::get_num_threads();
  });
  EXPECT_EQ(threads, (std::vector<int>{2, 2, 2}));
}

TEST(Cores, TheSameThreadHasTheSamePart) {
  Cores cores;
  std::vector<std::set<std::thread::id>> threads(3);
  std::mutex mutex;
  for (const int64_t workers : {2, 3, 1, 3}) {
    cores.run(workers, 1, [&](int64_t worker) {
      const std::lock_guard lock(mutex);
      threads[std::size_t(worker)].insert(std::this_thread::get_id());
    });
  }
  for (const auto& of_part : threads) EXPECT_EQ(of_part.size(), 1u);
}

TEST(Cores, RecordGradientsAsTheirCallerDoes) {
  Cores cores;
  for (const bool records : {false, true}) {
    torch::AutoGradMode mode(records);
    std::atomic<int> recording = 0;
    cores.run(2, 1, [&](int64_t) { recording += torch::GradMode::is_enabled(); });
    EXPECT_EQ(recording, records ? 2 : 0);
  }
}

TEST(Cores, LeaveOthersAlone) {
  const int usual = cores_of_a_new_thread(), own = at::get_num_threads();
  Cores().run(2, usual + 1, [](int64_t) {});
  EXPECT_EQ(cores_of_a_new_thread(), usual);
  EXPECT_EQ(at::get_num_threads(), own);
}

TEST(Cores, WhatOneThrowsIsThrownWhenAllAreDone) {
  Cores cores;
  std::atomic<bool> other_done = false;
  const auto work = [&](int64_t worker) {
    if (worker == 0) throw std::runtime_error("of the first");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    other_done = true;
  };
  EXPECT_THROW(cores.run(2, 1, work), std::runtime_error);
  EXPECT_TRUE(other_done);
  EXPECT_NO_THROW(cores.run(2, 1, [](int64_t) {}));
}

}  // namespace
}  // namespace imagine::tensor
