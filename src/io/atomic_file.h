/// A file that appears under its name only when it is complete.
#pragma once

#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// Written piece by piece to a temporary file in the same folder; commit() syncs it and renames it.
/// What a link leads to is written, not the link. Without commit() the temporary file is removed
/// and what stood under `path` stays. Every failure is a ResourceError that names `path` and the
/// system's reason.
/// The first one of a process in a folder removes what killed processes left there.
class AtomicFile {
 public:
  explicit AtomicFile(const fs::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  void fail(const char* action) const;

  fs::path path_;
  fs::path temporary_;
  int descriptor_ = -1;
};

}  // namespace imagine::io
