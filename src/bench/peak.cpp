#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <torch/utils.h>

#include "bench/flops.h"
#include "nn/frozen.h"

namespace imagine::bench {
namespace {

constexpr double kLongEnough = 0.15;  // seconds

/// GFLOP/s of the fastest run.
double best_rate(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  const double work = count_flops(run);
  double best = 0, spent = 0;
  while (spent < kLongEnough) {
    const auto start = Clock::now();
    run();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, work / seconds);
    spent += seconds;
  }
  return best / 1e9;
}

}  // namespace

double measured_peak(torch::Dtype dtype) {
  const torch::NoGradGuard no_grad;
  double best = 0;
  for (const int64_t width : {1024, 2048}) {
    nn::FrozenLinear layer(width, width, /*biased=*/false);
    layer->weight.set_data(torch::randn({width, width}).to(dtype));
    nn::pack(*layer);
    const auto x = torch::randn({2048, width}).to(dtype);
    best = std::max(best, best_rate([&] { layer(x); }));
  }
  for (const int64_t channels : {256, 512}) {
    nn::FrozenConv2d layer(channels, channels, 3);
    layer->weight.set_data(torch::randn({channels, channels, 3, 3}).to(dtype));
    layer->bias.set_data(torch::zeros({channels}).to(dtype));
    nn::pack(*layer);
    const auto x =
        torch::randn({2, channels, 32, 32}).to(dtype).contiguous(torch::MemoryFormat::ChannelsLast);
    best = std::max(best, best_rate([&] { layer(x); }));
  }
  return best;
}

}  // namespace imagine::bench
