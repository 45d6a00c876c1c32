#include "engine/weight_cache.h"

#include <algorithm>
#include <utility>

namespace imagine::engine {

bool WeightCache::holds(const WeightKey& key) const {
  return std::ranges::find(entries_, key, &Entry::key) != entries_.end();
}

std::shared_ptr<void> WeightCache::find(const WeightKey& key) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->weights;
}

void WeightCache::make_room(std::uint64_t bytes) {
  while (!entries_.empty() && !has_room(bytes)) {
    held_bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

void WeightCache::insert(const WeightKey& key, std::uint64_t bytes, std::shared_ptr<void> weights) {
  held_bytes_ += bytes;
  entries_.push_front({.key = key, .bytes = bytes, .weights = std::move(weights)});
}

}  // namespace imagine::engine
