/// One writer at a time in a folder.
#pragma once

#include "io/file.h"

namespace imagine::io {

/// Keeps a folder from being written twice at once, by two processes or by two threads. The lock
/// belongs to the open file FOLDER/.imagine.lock (flock(2)) and goes with its process, however that
/// ends: what a dead process leaves there hinders nobody. The file says who holds it.
///
/// Between machines it holds where the file system passes locks on, as NFS version 4 does and
/// version 3 with its lock service. The server keeps the lock of a machine that went down until its
/// lease ends, usually 90 s. Mounts with local locks (NFS with local_lock=all, Lustre with
/// localflock) keep processes of one machine apart, no more.
class FolderLock {
 public:
  /// Makes the folder where there is none, and what it lies in; they go with the lock if they stay
  /// empty. InputError, at
  /// once, naming who holds the lock; ResourceError where its file cannot be opened.
  explicit FolderLock(const fs::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// False on a file system without locks, where nothing keeps others out.
  bool is_held() const { return descriptor_ >= 0; }

 private:
  bool acquire();
  void sign() const;

  fs::path folder_, file_;
  int made_ = 0;  // how many folders, this and those it lies in, were made here
  int descriptor_ = -1;
};

}  // namespace imagine::io
