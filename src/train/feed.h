/// The batches of a run, made before they are asked for.
#pragma once

#include <deque>
#include <future>

#include "train/batches.h"

namespace imagine::train {

/// Makes `ahead` batches at a time on threads of their own. What it gives does not depend on their
/// number.
class Feed {
 public:
  /// Begins at `update` of the run. `config` and `batches` must outlive it.
  Feed(const TrainConfig& config, const Batches& batches, bool crops, int64_t update, int ahead);

  /// The batch of the next pass, in the run's order. What was wrong with a picture is thrown here.
  Batch next();

 private:
  void fill();

  const TrainConfig& config_;
  const Batches& batches_;
  bool crops_;
  BatchKey next_;  // not yet begun
  int64_t updates_;
  std::size_t ahead_;
  std::deque<std::future<Batch>> begun_;
};

}  // namespace imagine::train
