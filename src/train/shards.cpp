#include "train/shards.h"

#include <unordered_map>

#include "core/check.h"
#include "data/shard.h"

namespace imagine::train {
ShardSet read_shards(const io::fs::path& folder, const std::string& prefix) {
  const auto shards = data::find_shards(folder, prefix);
  check<InputError>(!shards.empty(), folder.string(), ": expected shards named ", prefix,
                    "*.tar, found none; `imagine dataset` makes them");
  ShardSet set;
  std::unordered_map<std::string, int> numbers;
  const auto add = [&](data::EncodedSample encoded) {
    Row row{.image = std::move(encoded.picture), .captions = {}};
    for (const auto& [text, language] : encoded.sample.captions) {
      const auto [found, is_new] = numbers.try_emplace(text, int(numbers.size()));
      if (is_new) set.captions.push_back(text);
      row.captions.push_back(found->second);
    }
    check<FormatError>(!row.captions.empty(), encoded.where, ": expected captions, got none");
    set.rows_of_domain[encoded.sample.domain].push_back(int(set.rows.size()));
    set.rows.push_back(std::move(row));
  };
  for (const auto& shard : shards) data::read_encoded_shard(shard, add);
  return set;
}

}  // namespace imagine::train
