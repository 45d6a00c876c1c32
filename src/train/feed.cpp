#include "train/feed.h"

#include <torch/utils.h>

#include "tensor/cores.h"

namespace imagine::train {

namespace {

Batch page_locked(const Batch& batch) {
  return {.pixels = batch.pixels.pin_memory(),
          .text = {.states = batch.text.states.pin_memory(), .mask = batch.text.mask.pin_memory()},
          .rows = batch.rows,
          .cut = batch.cut,
          .kept = batch.kept,
          .annotations = batch.annotations};
}

}  // namespace

Feed::Feed(const TrainConfig& config, const Batches& batches, FeedOptions options, int64_t update)
    : config_(config),
      batches_(batches),
      options_(options),
      next_{.update = update, .pass = 0, .views = views_before(config, update)},
      updates_(count_updates(config)) {
  fill();
}

Batch Feed::next() {
  auto batch = begun_.front().get();
  begun_.pop_front();
  fill();
  return batch;
}

void Feed::fill() {
  while (begun_.size() < std::size_t(options_.ahead) && next_.update < updates_) {
    const auto* phase = position_at(config_, next_.update).phase;
    begun_.push_back(std::async(std::launch::async, [this, phase, key = next_] {
      tensor::use_cores(1);  // the others train
      const auto rows = Rows::of_rank(phase->batch, options_.rank, options_.ranks);
      const auto batch = batches_.make(*phase, key, options_.crops, rows);
      return options_.page_locked ? page_locked(batch) : batch;
    }));
    next_.views += phase->batch;
    if (++next_.pass == phase->accumulate) ++next_.update, next_.pass = 0;
  }
}

}  // namespace imagine::train
