#include "nn/cores.h"

#include <algorithm>
#include <future>
#include <vector>

#include <torch/utils.h>

namespace imagine::nn {

void on_cores(std::int64_t workers, int threads, const std::function<void(std::int64_t)>& work) {
  const bool records_gradients = torch::GradMode::is_enabled();
  std::vector<std::future<void>> working;
  for (std::int64_t worker = 0; worker < workers; ++worker) {
    working.push_back(std::async(std::launch::async, [&, worker] {
      torch::AutoGradMode mode(records_gradients);
      torch::set_num_threads(threads);  // of this thread
      work(worker);
    }));
  }
  for (auto& worker : working) worker.wait();
  for (auto& worker : working) worker.get();
}

Tensor computed_in_parts(std::int64_t rows, torch::Device device, const ComputeRows& compute) {
  const std::int64_t cores = device.is_cpu() ? torch::get_num_threads() : 1;
  const auto parts = std::min(rows, cores);
  if (parts < 2) return compute(0, rows);
  std::vector<Tensor> computed(static_cast<std::size_t>(parts));
  on_cores(parts, int(cores / parts), [&](std::int64_t part) {
    const auto begin = part * rows / parts, end = (part + 1) * rows / parts;
    computed[std::size_t(part)] = compute(begin, end - begin);
  });
  return torch::cat(computed);
}

}  // namespace imagine::nn
