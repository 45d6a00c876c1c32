/// The shards of a data set in memory: encoded pictures, captions, domains.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"

namespace imagine::train {

struct Row {
  io::Bytes image;                            ///< encoded, as it stands in the shard
  std::vector<int> captions;                  ///< indices into ShardSet::captions
  io::Bytes labels = {};                      ///< encoded (data/labels.h), where they are read
  std::vector<std::vector<int>> things = {};  ///< of each thing indices into ShardSet::phrases
};

/// Every sample of `DIR/PREFIX*.tar`, in the order of the shards' names.
struct ShardSet {
  std::vector<Row> rows;
  std::vector<std::string> captions;  ///< each distinct text once
  std::vector<std::string> phrases =
      {};  ///< the same of those that name things, where they are read
  std::map<std::string, std::vector<int>> rows_of_domain;
};

/// `annotated`: with labels and phrases. FormatError names the shard and the sample; InputError if
/// no shard has that prefix.
ShardSet read_shards(const io::fs::path& folder, const std::string& prefix, bool annotated = false);

}  // namespace imagine::train
