/// Which process begins with which shards.
#pragma once

#include <cstdint>
#include <vector>

namespace imagine::bulk {

/// One of several processes. It decides where each begins and who shows progress, never what may be
/// drawn or how: processes that are told nothing or the wrong thing only get in each other's way.
struct Share {
  std::int64_t rank = 0, size = 1;  ///< 0 <= rank < size
};

/// All of so many shards, each once, as a process tries them: every size-th from its own rank on;
/// then what others have not come to, of each of them from the end back, as it is where its owner
/// comes last. Machines that see no locks of each other (lock_file.h) so hardly meet.
std::vector<std::int64_t> shards_in_turn(std::int64_t shards, const Share& share);

}  // namespace imagine::bulk
