#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <sys/resource.h>

#include <torch/utils.h>

namespace imagine::bench {

Timing timed(const std::function<void()>& run, int runs) {
  check<InputError>(runs >= 1, "runs: expected at least 1, got ", runs);
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 2; ++i) run();
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::ranges::sort(times);
  const auto middle = times.size() / 2;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {
      .what = {},
      .mode = {},
      .min_ms = times.front(),
      .median_ms = times.size() % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2,
      .runs = runs,
      .threads = at::get_num_threads(),
      .peak_rss_mb = int(usage.ru_maxrss / 1024)};
}

}  // namespace imagine::bench
