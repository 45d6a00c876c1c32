/// A file that one process at a time holds.
#pragma once

#include <string>

#include "io/file.h"

namespace imagine::io {

/// The lock belongs to the open file (flock(2)) and goes with its process, however that ends: what
/// a dead process leaves hinders nobody. The file says who holds it, and goes with the lock.
///
/// Between machines it holds where the file system passes locks on, as NFS version 4 does and
/// version 3 with its lock service. The server keeps the lock of a machine that went down until its
/// lease ends, usually 90 s. Mounts with local locks (NFS with local_lock=all, Lustre with
/// localflock) keep processes of one machine apart, no more.
class LockFile {
 public:
  /// Takes nothing yet.
  explicit LockFile(fs::path path) : path_(std::move(path)) {}
  ~LockFile() { release(); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// Makes the file where there is none. False, at once, where another process or another LockFile
  /// of this one holds it. ResourceError where it cannot be opened.
  bool take();
  /// Removes the file, if it is held.
  void release();

  /// False also on a file system without locks, where take() keeps nobody out.
  bool is_held() const { return descriptor_ >= 0; }
  /// "process 7 on HOST", as the file says; "another process" where it says nothing.
  std::string holder() const;

 private:
  void sign() const;

  fs::path path_;
  int descriptor_ = -1;
};

}  // namespace imagine::io
