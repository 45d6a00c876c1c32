/// A file that grows until it is whole, over several runs if need be.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/file.h"

namespace imagine::hub {

/// Its name is the caller's own until commit() gives it another one; without that it stays, so
/// that a later run goes on. ResourceError names the path and the system's reason.
class PartFile {
 public:
  /// Opens it, or makes it and the folders that it lies in. What a link stands for is refused.
  explicit PartFile(io::fs::path path);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const io::fs::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }  ///< bytes
  void append(std::string_view bytes);
  /// Drops what is behind `size`.
  void cut(std::uint64_t size);
  /// Syncs it and renames it to `place`, whose folders are made.
  void commit(const io::fs::path& place);
  void remove();

 private:
  [[noreturn]] void fail(const char* action) const;

  io::fs::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace imagine::hub
