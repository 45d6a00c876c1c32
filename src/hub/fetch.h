/// One file of a model, from the hub or from a cache, whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "hub/client.h"
#include "hub/listing.h"
#include "hub/record.h"
#include "hub/slice.h"

namespace imagine::hub {

/// What to make, where.
struct Target {
  io::fs::path place;  ///< the file
  io::fs::path parts;  ///< the folder of what is not whole yet
  std::string repository, commit;
  ListedFile file;
  std::vector<std::string> tensors = {};    ///< empty: the whole file
  std::optional<Slice> slice = {};          ///< of these tensors; empty: the whole file
  std::optional<io::fs::path> cached = {};  ///< a copy that may be right

  /// Of what is to be written, in bytes.
  std::uint64_t size() const { return slice ? slice->size() : file.size; }
  /// Where what there is of it waits. The name says which content it is.
  io::fs::path part() const;
};

/// What a fetch tells. Both may throw, which ends it.
struct FetchEvents {
  /// How many bytes of the target are there, or were hashed again; often.
  std::function<void(std::uint64_t)> bytes = [](std::uint64_t) {};
  /// What it is, once it is whole and right, before it takes its place, which is empty then.
  std::function<void(const FileRecord&)> whole = [](const FileRecord&) {};
};

/// Makes the target's file; the part that an earlier run left is gone on with. A whole file is held
/// against its hash, twice where need be; of a slice the sizes and the header alone can be.
/// `client` is not asked where the copy in the cache is right, and may be nullptr where nothing may
/// be asked. FormatError for content that stays wrong; errors of Client and PartFile. On an error
/// or Interrupted the part stays.
void fetch(Client* client, const Target& target, const FetchEvents& events);

}  // namespace imagine::hub
