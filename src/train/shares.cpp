#include "train/shares.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::train {

std::vector<Stretch> shares_of(const FlatParameters& parameters, int ranks) {
  std::vector<Stretch> shares;
  auto slot = parameters.slots().begin();
  int64_t begin = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto aim = parameters.count() * (rank + 1) / ranks;
    auto end = begin;
    // A parameter belongs where its middle lies.
    while (slot != parameters.slots().end() && slot->offset + slot->count / 2 < aim) {
      end = slot->offset + slot->count;
      ++slot;
    }
    if (rank + 1 == ranks) end = parameters.count();
    shares.push_back({begin, end});
    begin = end;
  }
  return shares;
}

std::vector<Stretch> buckets_of(const FlatParameters& parameters, const Stretch& share,
                                int64_t size) {
  std::vector<Stretch> buckets;
  for (const auto& slot : parameters.slots()) {
    if (slot.offset < share.begin || slot.offset >= share.end || slot.count == 0) continue;
    const auto end = slot.offset + slot.count;
    if (buckets.empty() || buckets.back().count() >= size) {
      buckets.push_back({slot.offset, end});
    } else {
      buckets.back().end = end;
    }
  }
  return buckets;
}

}  // namespace imagine::train
