#include "train/shards.h"

#include <algorithm>
#include <unordered_map>

#include "core/check.h"
#include "data/shard.h"

namespace imagine::train {
namespace {

/// Numbers texts in the order they are first met.
class Numbering {
 public:
  explicit Numbering(std::vector<std::string>& texts) : texts_(texts) {}

  int operator()(const std::string& text) {
    const auto [found, is_new] = numbers_.try_emplace(text, int(texts_.size()));
    if (is_new) texts_.push_back(text);
    return found->second;
  }

 private:
  std::vector<std::string>& texts_;
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace

ShardSet read_shards(const io::fs::path& folder, const std::string& prefix) {
  std::vector<io::fs::path> shards;
  std::error_code error;
  for (const auto& entry : io::fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".tar")) shards.push_back(entry.path());
  }
  check<InputError>(!shards.empty(), folder.string(), ": expected shards named ", prefix,
                    "*.tar, found none; `imagine dataset` makes them");
  std::ranges::sort(shards);
  ShardSet set;
  Numbering caption(set.captions), domain(set.domains);
  const auto add = [&](data::EncodedSample encoded) {
    Row row{.image = std::move(encoded.picture),
            .captions = {},
            .domain = domain(encoded.sample.domain)};
    for (const auto& [text, language] : encoded.sample.captions) {
      row.captions.push_back(caption(text));
    }
    check<FormatError>(!row.captions.empty(), encoded.where, ": expected captions, got none");
    set.rows.push_back(std::move(row));
  };
  for (const auto& shard : shards) data::read_encoded_shard(shard, add);
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    set.rows_of_domain[set.rows[i].domain].push_back(int(i));
  }
  return set;
}

}  // namespace imagine::train
