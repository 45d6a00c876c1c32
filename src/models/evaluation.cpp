#include "models/evaluation.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::models {

using Predictions = std::vector<diffusion::Prediction>;

Predictions evaluated(const Network& network, std::span<const Row> rows, tensor::Cores& cores) {
  const bool in_parts = network.is_fast_in_parts() && rows.front().noisy.is_cpu();
  const auto threads = in_parts ? at::get_num_threads() : 1;
  const auto parts = std::min<std::int64_t>(std::ssize(rows), threads);
  if (parts < 2) return network.evaluate(rows);
  std::vector<Predictions> computed(static_cast<std::size_t>(parts));
  cores.run(parts, threads / int(parts), [&](std::int64_t part) {
    const auto begin = part * std::ssize(rows) / parts;
    const auto end = (part + 1) * std::ssize(rows) / parts;
    computed[std::size_t(part)] =
        network.evaluate(rows.subspan(std::size_t(begin), std::size_t(end - begin)));
  });
  Predictions all;
  for (const auto& part : computed) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace imagine::models
