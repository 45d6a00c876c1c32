#include "train/exchange.h"

#include <algorithm>

#include <torch/utils.h>

#include "tensor/cores.h"

namespace imagine::train {
namespace {

constexpr int64_t kBucket = 1 << 19;  // elements: 2 MB

}  // namespace

Exchange::Exchange(const Ranks& ranks, FlatParameters& parameters,
                   const std::vector<Stretch>& shares)
    : ranks_(ranks), parameters_(parameters), bucket_of_slot_(parameters.slots().size()) {
  for (std::size_t owner = 0; owner < shares.size(); ++owner) {
    for (const auto& stretch : buckets_of(parameters, shares[owner], kBucket)) {
      buckets_.push_back(std::make_unique<Bucket>());
      buckets_.back()->stretch = stretch;
      buckets_.back()->owner = int(owner);
    }
  }
  // Backward passes go from the last layers to the first; vectors, which come behind all matrices,
  // are of all layers.
  const auto comes_last = [&](const std::unique_ptr<Bucket>& bucket) {
    return bucket->stretch.end > parameters.matrices_end();
  };
  std::ranges::reverse(buckets_);
  std::ranges::stable_partition(buckets_, std::not_fn(comes_last));
  for (std::size_t i = 0; i < bucket_of_slot_.size(); ++i) {
    const auto offset = parameters.slots()[i].offset;
    for (const auto& bucket : buckets_) {
      if (bucket->stretch.begin <= offset && offset < bucket->stretch.end) {
        bucket_of_slot_[i] = bucket.get();
        ++bucket->parameters;
      }
    }
  }
  parameters.when_added([this](std::size_t slot) { note(slot); });
  thread_ = std::thread([this] { work(); });
}

Exchange::~Exchange() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  parameters_.when_added(nullptr);
}

void Exchange::begin(int64_t passes) {
  for (auto& bucket : buckets_) bucket->missing = passes * bucket->parameters;
  {
    const std::lock_guard lock(mutex_);
    sends_ = true, finishes_ = false;
  }
  changed_.notify_all();
}

void Exchange::finish() {
  std::unique_lock lock(mutex_);
  finishes_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !sends_; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Exchange::note(std::size_t slot) {
  auto* bucket = bucket_of_slot_[slot];
  if (bucket == nullptr || --bucket->missing > 0) return;
  const std::lock_guard lock(mutex_);  // so that a thread about to wait sees it
  changed_.notify_all();
}

void Exchange::work() {
  tensor::use_cores(1);  // it works beside the backward passes
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return sends_ || ends_; });
    if (ends_) return;
    lock.unlock();
    try {
      send_all();
    } catch (...) {
      error_ = std::current_exception();
    }
    lock.lock();
    sends_ = false;
    changed_.notify_all();
  }
}

void Exchange::send_all() {
  const torch::NoGradGuard no_grad;
  for (const auto& bucket : buckets_) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return bucket->missing == 0 || finishes_ || ends_; });
      if (ends_) return;
    }
    const auto& stretch = bucket->stretch;
    parameters_.join_gradients(stretch.begin, stretch.end);
    ranks_.reduce(stretch.of(parameters_.gradient()), bucket->owner);
  }
}

}  // namespace imagine::train
