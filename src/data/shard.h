/// Samples in tar shards: 000000000.png (or .jpg), 000000000.json, 000000001.png, ...
///
/// Where they have labels (see labels.h), 000000000.labels.png stands between the two. The JSON:
/// {"key", "domain", "captions": [{"text", "language"}], "facts"}.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/sample.h"
#include "io/file.h"

namespace imagine::data {

/// The file appears only when it is whole. PNG up to 64 pixels, else JPEG; members are numbered
/// from `first`.
void write_shard(const io::fs::path& path, const std::vector<Sample>& samples, int first);

/// The files folder/PREFIX*.tar in the order of their names; none where there is no such folder.
std::vector<io::fs::path> find_shards(const io::fs::path& folder, const std::string& prefix);

/// Calls `on_sample` in order, pictures decoded. FormatError names the file and the member.
void read_shard(const io::fs::path& path, const std::function<void(Sample sample)>& on_sample);

/// A sample with its pictures as they stand in the shard; `sample.image` and its labels are empty.
struct EncodedSample {
  Sample sample;
  io::Bytes picture;
  io::Bytes labels;   ///< a PNG; empty where there are none
  std::string where;  ///< file and member, for errors
};

/// The same with the pictures left encoded: fast.
void read_encoded_shard(const io::fs::path& path,
                        const std::function<void(EncodedSample sample)>& on_sample);

}  // namespace imagine::data
