#include "train/shards.h"

#include <algorithm>
#include <unordered_map>

#include "core/check.h"
#include "core/fields.h"
#include "io/tar.h"

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

class ShardReader {
 public:
  explicit ShardReader(ShardSet& set) : set_(set), caption_(set.captions), domain_(set.domains) {}

  void read(const io::fs::path& shard) {
    std::map<std::string, Row> rows;
    io::read_archive(shard, [&](const std::string& name, io::Bytes bytes) {
      auto& row = rows[io::fs::path(name).stem()];
      if (io::fs::path(name).extension() == ".json") {
        read_facts(bytes, shard.string() + ": " + name, row);
      } else {
        row.image = std::move(bytes);
      }
    });
    for (auto& [key, row] : rows) {
      check<FormatError>(!row.image.empty() && !row.captions.empty(), shard.string(), ": ", key,
                         ": expected a picture and a JSON file with captions, one is missing");
      set_.rows.push_back(std::move(row));
    }
  }

 private:
  void read_facts(const io::Bytes& bytes, const std::string& where, Row& row) {
    const auto json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
    try {
      for (const auto& caption : json.at("captions")) {
        row.captions.push_back(caption_(caption.at("text").get<std::string>()));
      }
      row.domain = domain_(json.at("domain").get<std::string>());
    } catch (const Json::exception&) {
      throw FormatError(where + ": expected {\"captions\": [{\"text\": ...}], \"domain\": ...}");
    }
  }

  ShardSet& set_;
  Numbering caption_, domain_;
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
  ShardReader reader(set);
  for (const auto& shard : shards) reader.read(shard);
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    set.rows_of_domain[set.rows[i].domain].push_back(int(i));
  }
  return set;
}

}  // namespace imagine::train
