#include "train/feed.h"

#include <torch/utils.h>

namespace imagine::train {

Feed::Feed(const TrainConfig& config, const Batches& batches, bool crops, int64_t update, int ahead)
    : config_(config),
      batches_(batches),
      crops_(crops),
      next_{.update = update, .pass = 0},
      updates_(count_updates(config)),
      ahead_(std::size_t(ahead)) {
  fill();
}

Batch Feed::next() {
  auto batch = begun_.front().get();
  begun_.pop_front();
  fill();
  return batch;
}

void Feed::fill() {
  while (begun_.size() < ahead_ && next_.update < updates_) {
    const auto* phase = position_at(config_, next_.update).phase;
    begun_.push_back(std::async(std::launch::async, [this, phase, key = next_] {
      return batches_.make(*phase, key, crops_);
    }));
    if (++next_.pass == phase->accumulate) next_ = {.update = next_.update + 1, .pass = 0};
  }
}

}  // namespace imagine::train
