/// One writer at a time in a folder.
#pragma once

#include "io/lock_file.h"

namespace imagine::io {

/// Keeps a folder from being written twice at once, by two processes or by two threads, by the lock
/// of FOLDER/.imagine.lock (lock_file.h: also what it comes to between machines).
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
  bool is_held() const { return lock_.is_held(); }

 private:
  fs::path folder_;
  LockFile lock_;
  int made_ = 0;  // how many folders, this and those it lies in, were made here
};

}  // namespace imagine::io
