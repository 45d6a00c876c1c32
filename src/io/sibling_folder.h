/// A folder that is filled beside its place before it takes it.
#pragma once

#include <string>

#include "io/file.h"

namespace imagine::io {

/// A new hidden folder beside `target`, gone at the end of the scope unless it was renamed.
/// ResourceError where it cannot be made.
class SiblingFolder {
 public:
  SiblingFolder(const fs::path& target, const std::string& purpose);
  ~SiblingFolder();
  SiblingFolder(const SiblingFolder&) = delete;
  SiblingFolder& operator=(const SiblingFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Whether a place, which need not be there yet, is the folder or lies somewhere in it.
bool is_within(const fs::path& place, const fs::path& folder);

/// Copies a folder with all that lies in it. Files of more than 256 MB, which nobody changes in
/// place, are linked where the file system can. ResourceError names `to`, and InputError where it
/// lies in `from`.
void copy_folder(const fs::path& from, const fs::path& to);

/// ResourceError naming both.
void rename_folder(const fs::path& from, const fs::path& to);

}  // namespace imagine::io
