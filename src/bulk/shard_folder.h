/// The folder that shards appear in: which of them are there, and who draws which.
#pragma once

#include <cstdint>
#include <vector>

#include "io/file.h"
#include "io/lock_file.h"

namespace imagine::bulk {

/// Shard k is FOLDER/pictures-00000k.tar and there when it is whole. Who draws it holds the lock of
/// FOLDER/.pictures-00000k.lock.
///
/// Locks save work and nothing else hangs on them: where they keep nobody out, two processes draw
/// one shard, each into a file of its own, and it is the same shard whose stays.
class ShardFolder {
 public:
  ShardFolder(io::fs::path folder, std::int64_t shards)
      : folder_(std::move(folder)), shards_(shards) {}

  std::int64_t shards() const { return shards_; }
  io::fs::path path_of(std::int64_t shard) const;
  bool has(std::int64_t shard) const;
  /// By shard, whether it is there. Looks into the folder once.
  std::vector<bool> present() const;
  /// The lock for drawing that shard, not taken yet.
  io::LockFile lock_of(std::int64_t shard) const;
  /// When all shards are there: removes what killed processes of other machines have left.
  void sweep() const;

 private:
  io::fs::path folder_;
  std::int64_t shards_;
};

}  // namespace imagine::bulk
