#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <sys/resource.h>

#include <torch/utils.h>

#include "bench/flops.h"
#include "bench/peak.h"
#include "tensor/dtype.h"

namespace imagine::bench {

Timing timed(const std::function<void()>& run, const TimingOptions& options) {
  const auto runs = options.runs;
  check<InputError>(runs >= 1, "runs: expected at least 1, got ", runs);
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < options.unmeasured; ++i) run();
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

Timing measured(const std::function<void()>& run, torch::Dtype dtype,
                const TimingOptions& options) {
  auto timing = timed(run, options);
  timing.mode = tensor::name_of(dtype);
  timing.gflop = count_flops(run) / 1e9;
  timing.gflops = timing.gflop / (timing.median_ms / 1000);
  timing.share_of_peak = timing.gflops / measured_peak(dtype);
  if (options.profile) timing.profile = profile(run);
  return timing;
}

Timing measured(const std::function<void()>& run, const std::string& dtype,
                const TimingOptions& options) {
  if (dtype != "int8") return measured(run, tensor::compute_dtype(dtype, torch::kCPU), options);
  auto timing = timed(run, options);
  timing.mode = dtype;
  if (options.profile) timing.profile = profile(run);
  return timing;
}

}  // namespace imagine::bench
