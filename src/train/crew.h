/// All cores at one lesson.
#pragma once

#include <memory>
#include <vector>

#include "tensor/cores.h"
#include "train/objective.h"
#include "train/parameters.h"

namespace imagine::train {

/// On the CPU several threads learn from parts of a lesson, each with a replica of the network: an
/// operation on one core waits for nobody, and a part's activations stay in the cache. On a GPU a
/// lesson is learned as a whole.
class Crew {
 public:
  /// `objective` and `parameters` must outlive it. `threads`: the cores to use on the CPU.
  Crew(const TrainConfig& config, Objective& objective, FlatParameters& parameters, int threads);

  /// Adds the gradient of `weight` times the lesson's mean loss to the replicas' sums, for
  /// FlatParameters::join_gradients(). Returns that loss, []. `side`: of a square of about as many
  /// pixels as each picture has.
  Tensor learn(const Lesson& lesson, double weight, int64_t side);
  /// The backward passes that learn() makes of `count` pictures of `side` pixels.
  int64_t count_passes(int64_t count, int64_t side) const;

 private:
  Tensor learn_part(std::size_t worker, const Lesson& lesson, double weight);

  FlatParameters& parameters_;
  std::vector<std::unique_ptr<Objective>> replicas_;
  std::vector<Objective*> workers_;
  int threads_;  // of each worker
  tensor::Cores cores_;
};

/// Threads that learn at once where `threads` cores may be used: one of all of them where a picture
/// alone is more than a part, or a phase has no more than one.
int count_workers(const TrainConfig& config, bool on_cpu, int threads);

/// How many parts a lesson of `count` pictures of `side` pixels is learned in: a multiple of the
/// workers, as far as there are pictures, each of about the size that caches hold.
int64_t count_parts(int64_t count, int64_t side, int64_t workers);

}  // namespace imagine::train
