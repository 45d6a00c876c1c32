#include "bulk/share.h"

#include <algorithm>

namespace imagine::bulk {

std::vector<std::int64_t> shards_in_turn(std::int64_t shards, const Share& share) {
  std::vector<std::int64_t> turns;
  for (std::int64_t distance = 0; distance < share.size; ++distance) {
    const auto owner = (share.rank + distance) % share.size;
    const auto first = std::ssize(turns);
    for (auto shard = owner; shard < shards; shard += share.size) turns.push_back(shard);
    if (distance > 0) std::reverse(turns.begin() + first, turns.end());
  }
  return turns;
}

}  // namespace imagine::bulk
