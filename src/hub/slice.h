/// Some tensors of a safetensors file as a new, smaller one, read by ranges.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/remote_file.h"

namespace imagine::hub {

using Take = std::function<void(std::string_view)>;
/// Hands bytes of a file, near or far, to the taker: in order, each once.
using ReadRange = std::function<void(Range, const Take&)>;

/// A new file: its beginning, and what follows it as pieces of the old one.
struct Slice {
  std::string begin = {};          ///< the new header with its length
  std::vector<Range> pieces = {};  ///< ascending, apart from each other
  std::size_t tensors = 0;         ///< taken
  std::size_t all_tensors = 0;

  std::uint64_t size() const;  ///< of the new file, in bytes
};

/// Where the old file is, for messages and for the new file's metadata.
struct SliceOrigin {
  std::string where;       ///< a place that errors name
  std::uint64_t size = 0;  ///< of the whole file, in bytes
  std::string provenance;  ///< kept in the new file's metadata
};

/// Reads the old file's header, which comes from strangers: it is held against the file's size as
/// that of a file on disk is. FormatError names what is wrong; InputError where no tensor is
/// wanted.
Slice plan_slice(const ReadRange& read, const SliceOrigin& origin,
                 const std::vector<std::string>& tensors);

/// Whether to fetch the whole file instead, which can be verified: it is little more, or in too
/// many pieces.
bool is_better_whole(const Slice& slice, std::uint64_t size);

/// What to ask for: neighbours across a small gap together, nothing so long that a failure costs
/// much.
std::vector<Range> spans_of(const std::vector<Range>& pieces);

/// Hands over the new file from byte `from` on.
void read_slice(const Slice& slice, std::uint64_t from, const ReadRange& read, const Take& take);

}  // namespace imagine::hub
