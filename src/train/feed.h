/// The batches of a run, made before they are asked for.
#pragma once

#include <deque>
#include <future>

#include "train/batches.h"

namespace imagine::train {

struct FeedOptions {
  bool crops = false;        // as Batches::make takes it
  int ahead = 1;             // batches made at a time, each on a thread of its own
  bool page_locked = false;  // in memory that a GPU copies from while the program goes on
  int rank = 0, ranks = 1;   // of those that share each batch
};

/// What it gives depends on neither how many are made at a time nor where they lie.
class Feed {
 public:
  /// Begins at `update` of the run. `config` and `batches` must outlive it.
  Feed(const TrainConfig& config, const Batches& batches, FeedOptions options, int64_t update);

  /// The batch of the next pass, in the run's order. What was wrong with a picture is thrown here.
  Batch next();

 private:
  void fill();

  const TrainConfig& config_;
  const Batches& batches_;
  FeedOptions options_;
  BatchKey next_;  // not yet begun
  int64_t updates_;
  std::deque<std::future<Batch>> begun_;
};

}  // namespace imagine::train
