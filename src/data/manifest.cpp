#include "data/manifest.h"

#include <array>
#include <cstdio>
#include <map>

#include "core/check.h"
#include "data/emoji_words.h"
#include "data/holdout.h"
#include "data/packages.h"
#include "data/shard.h"
#include "data/tuxpaint_words.h"
#include "io/json_file.h"

namespace imagine::data {
namespace {

constexpr const char* kFile = "manifest.json";

Json package_list() {
  Json list = Json::array();
  for (const Package& package : packages()) {
    list.push_back(
        {{"name", package.name}, {"version", package.version}, {"licence", package.licence}});
  }
  return list;
}

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

/// "|a|b|" -> ["a", "b"]
Json entries_of(std::string_view table) {
  Json list = Json::array();
  for (std::size_t start = 1; start < table.size();) {
    const auto end = table.find('|', start);
    list.push_back(table.substr(start, end - start));
    start = end + 1;
  }
  return list;
}

Json describe(const io::fs::path& path, const ShardPlan& plan) {
  std::map<std::string, int> domains, languages;
  int rows = 0;
  read_encoded_shard(path, [&](const EncodedSample& encoded) {
    ++rows;
    ++domains[encoded.sample.domain];
    for (const Caption& caption : encoded.sample.captions) ++languages[caption.language];
  });
  return {{"file", plan.file},     {"part", plan.part},
          {"size", plan.size},     {"held_out", plan.split != Split::train},
          {"rows", rows},          {"domains", domains},
          {"captions", languages}, {"fnv1a", hexadecimal(stable_hash(io::read_file(path)))}};
}

}  // namespace

void begin_manifest(const io::fs::path& out, const DatasetOptions& options) {
  const auto path = out / kFile;
  const Json wanted = to_json(options);
  if (io::fs::exists(path)) {
    const Json found = io::read_json(path).value("options", Json());
    check<ConfigError>(found == wanted, path.string(), ": expected a dataset with the options ",
                       wanted.dump(), ", got ", found.dump(), "; name another folder");
    return;
  }
  io::write_json(path, {{"format", "imagine-dataset-1"},
                        {"complete", false},
                        {"options", wanted},
                        {"packages", package_list()},
                        {"held_out_rules", held_out_rules()},
                        {"excluded_emojis", entries_of(unwanted_emojis())},
                        {"excluded_stamps", entries_of(unwanted_stamps())}});
}

void write_object_lists(const io::fs::path& out, const std::vector<Cutout>& cutouts) {
  Json manifest = io::read_json(out / kFile);
  manifest["held_out_styles"] = held_out_styles(cutouts);
  manifest["held_out_italian"] = held_out_italian_nouns(cutouts);
  io::write_json(out / kFile, manifest);
}

void finish_manifest(const io::fs::path& out, const DatasetOptions& options) {
  Json manifest = io::read_json(out / kFile);
  Json shards = Json::array();
  bool complete = true;
  for (const ShardPlan& plan : plan_shards(options, {std::begin(kParts), std::end(kParts)})) {
    if (io::fs::exists(out / plan.file)) {
      shards.push_back(describe(out / plan.file, plan));
    } else {
      complete = false;
    }
  }
  manifest["complete"] = complete;
  manifest["shards"] = shards;
  io::write_json(out / kFile, manifest);
}

}  // namespace imagine::data
