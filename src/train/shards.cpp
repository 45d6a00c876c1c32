#include "train/shards.h"

#include <unordered_map>

#include "core/check.h"
#include "data/shard.h"
#include "data/thing_phrases.h"

namespace imagine::train {
namespace {

/// Gives each distinct text a number.
class Texts {
 public:
  explicit Texts(std::vector<std::string>& texts) : texts_(texts) {}

  int number_of(const std::string& text) {
    const auto [found, is_new] = numbers_.try_emplace(text, int(numbers_.size()));
    if (is_new) texts_.push_back(text);
    return found->second;
  }

 private:
  std::vector<std::string>& texts_;
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace

ShardSet read_shards(const io::fs::path& folder, const std::string& prefix, bool annotated) {
  const auto shards = data::find_shards(folder, prefix);
  check<InputError>(!shards.empty(), folder.string(), ": expected shards named ", prefix,
                    "*.tar, found none; `imagine dataset` makes them");
  ShardSet set;
  Texts captions(set.captions), phrases(set.phrases);
  const auto annotate = [&](Row& row, data::EncodedSample& encoded) {
    check<FormatError>(!encoded.labels.empty(), encoded.where, ": expected labels beside it, got ",
                       "none; `imagine dataset --labels true` makes them");
    row.labels = std::move(encoded.labels);
    for (const auto& of_thing : data::phrases_of(encoded.sample.facts)) {
      auto& numbers = row.things.emplace_back();
      for (const auto& phrase : of_thing) numbers.push_back(phrases.number_of(phrase));
    }
  };
  const auto add = [&](data::EncodedSample encoded) {
    Row row{.image = std::move(encoded.picture), .captions = {}};
    for (const auto& [text, language] : encoded.sample.captions) {
      row.captions.push_back(captions.number_of(text));
    }
    check<FormatError>(!row.captions.empty(), encoded.where, ": expected captions, got none");
    if (annotated) annotate(row, encoded);
    set.rows_of_domain[encoded.sample.domain].push_back(int(set.rows.size()));
    set.rows.push_back(std::move(row));
  };
  for (const auto& shard : shards) data::read_encoded_shard(shard, add);
  return set;
}

}  // namespace imagine::train
