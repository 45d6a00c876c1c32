/// What a pull writes beside the files that it fetched: what they are, and whether all are there.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/fields.h"
#include "hub/digest.h"
#include "io/file.h"

namespace imagine::hub {

struct FileRecord {
  std::string repository, commit;
  std::string path;                  ///< in the repository
  std::string hub_digest;            ///< of the whole file there
  std::vector<std::string> tensors;  ///< what was asked for; empty: the whole file
  std::uint64_t size = 0;            ///< here, in bytes
  std::string digest;                ///< SHA-256 or git's SHA-1 of what is here
  bool verified = true;              ///< against hub_digest; a part of a file cannot be

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("repository", self.repository, "the hub's repository");
    field("commit", self.commit, "its commit");
    field("path", self.path, "the file in it");
    field("hub_digest", self.hub_digest, "SHA-256 or git's SHA-1 of the whole file there");
    field("tensors", self.tensors,
          "beginnings of the names of tensors that were taken; empty: all");
    field("size", self.size, "bytes here");
    field("digest", self.digest, "SHA-256 or git's SHA-1 of what is here");
    field("verified", self.verified, "whether it was held against hub_digest");
  }
};

/// FOLDER/.imagine-pull.json.
struct Record {
  bool complete = false;
  std::map<std::string, FileRecord> files = {};  ///< by their paths here

  /// An empty one where there is none that can be read.
  static Record read(const io::fs::path& folder);
  /// Replaces the file at once. ResourceError.
  void write(const io::fs::path& folder) const;
};

/// Whether the folder holds a complete record, and each of its files in its size. Never throws.
bool is_pulled(const io::fs::path& folder);

/// Whether somebody filled the folder without a pull. Never throws.
bool is_put_there(const io::fs::path& folder);

}  // namespace imagine::hub
