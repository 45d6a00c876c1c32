/// The cache that other programs of the hub keep on this machine. It is read only: nothing in it is
/// made, changed or removed, and nothing in it is believed before it is hashed.
#pragma once

#include <optional>
#include <string>

#include "hub/listing.h"

namespace imagine::hub {

/// The content of that file, whatever revision it came with; nullopt where it is not there in its
/// size. The bytes are not checked.
std::optional<io::fs::path> cached_file(const io::fs::path& cache, const std::string& repository,
                                        const ListedFile& file);

/// What the cache holds of a revision; files that its links do not name the hash of are left out.
/// It may be less than the repository has. nullopt where it knows no such revision.
std::optional<Listing> cached_listing(const io::fs::path& cache, const Source& source);

}  // namespace imagine::hub
