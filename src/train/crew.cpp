#include "train/crew.h"

#include <algorithm>

#include <torch/utils.h>

#include "tensor/cores.h"

namespace imagine::train {
namespace {

constexpr int kMostWorkers = 8;  // each holds a gradient
constexpr int64_t kPixelsOfPart = 16 * 64 * 64;

/// `to` computes with the memory of `from`, a network of the same kind.
void share_weights(torch::nn::Module& from, torch::nn::Module& to) {
  const auto weights = from.named_parameters();
  for (auto& item : to.named_parameters()) item.value().set_data(weights[item.key()]);
}

}  // namespace

int count_workers(const TrainConfig& config, bool on_cpu, int threads) {
  int64_t most = on_cpu ? std::clamp(threads, 1, kMostWorkers) : 1;
  for (const auto& phase : config.phases) {
    const bool fits = phase.resolution * phase.resolution <= kPixelsOfPart;
    most = std::min(most, fits ? phase.batch : 1);
  }
  return int(std::max<int64_t>(1, most));
}

int64_t count_parts(int64_t count, int64_t side, int64_t workers) {
  const auto by_size = (count * side * side + kPixelsOfPart - 1) / kPixelsOfPart;
  const auto rounds = (by_size + workers - 1) / workers;
  return std::min(count, rounds * workers);
}

Crew::Crew(const TrainConfig& config, Objective& objective, FlatParameters& parameters, int threads)
    : parameters_(parameters), workers_{&objective} {
  const auto workers = count_workers(config, parameters.is_on_cpu(), threads);
  threads_ = std::max(1, threads / workers);
  for (int i = 1; i < workers; ++i) {
    replicas_.push_back(make_objective(config));
    share_weights(objective.network(), replicas_.back()->network());
    parameters.add_replica(replicas_.back()->trained());
    workers_.push_back(replicas_.back().get());
  }
}

Tensor Crew::learn_part(std::size_t worker, const Lesson& lesson, double weight) {
  const auto loss = workers_[worker]->loss(lesson) * weight;
  loss.backward();
  parameters_.collect_gradient(worker);
  return loss.detach();
}

int64_t Crew::count_passes(int64_t count, int64_t side) const {
  return parameters_.is_on_cpu() ? count_parts(count, side, std::ssize(workers_)) : 1;
}

Tensor Crew::learn(const Lesson& lesson, double weight, int64_t side) {
  if (!parameters_.is_on_cpu()) return learn_part(0, lesson, weight);
  const auto count = lesson.batch.pixels.size(0);
  const auto workers = int64_t(workers_.size()), parts = count_passes(count, side);
  std::vector<Tensor> losses(static_cast<std::size_t>(parts));
  cores_.run(workers, threads_, [&](int64_t worker) {
    for (auto part = worker; part < parts; part += workers) {
      const auto begin = part * count / parts, end = (part + 1) * count / parts;
      const double share = double(end - begin) / double(count);
      losses[std::size_t(part)] =
          learn_part(std::size_t(worker), rows_of(lesson, begin, end - begin), weight * share);
    }
  });
  return torch::stack(losses).sum();
}

}  // namespace imagine::train
