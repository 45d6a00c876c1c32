#include "data/shard.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "core/check.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/tar.h"

namespace imagine::data {
namespace {

constexpr int kLargestPng = 64;
constexpr std::int64_t kMaxPixels = 4096 * 4096;
constexpr std::string_view kLabels = ".labels.png";

Json to_json(const Sample& sample) {
  Json captions = Json::array();
  for (const Caption& caption : sample.captions) {
    captions.push_back({{"text", caption.text}, {"language", caption.language}});
  }
  return {{"key", sample.key},
          {"domain", sample.domain},
          {"held_out", sample.held_out},
          {"captions", captions},
          {"facts", sample.facts}};
}

Sample from_json(std::string_view text, const std::string& where) {
  const Json json = io::parse_json(text, where);
  try {
    Sample sample{.key = json.at("key"),
                  .domain = json.at("domain"),
                  .image = {},
                  .captions = {},
                  .facts = json.at("facts"),
                  .held_out = json.at("held_out")};
    for (const Json& caption : json.at("captions")) {
      sample.captions.push_back({caption.at("text"), caption.at("language")});
    }
    return sample;
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(concat(where, ": expected a sample, got: ", error.what()));
  }
}

}  // namespace

void write_shard(const io::fs::path& path, const std::vector<Sample>& samples, int first) {
  io::TarWriter tar(path);
  for (const Sample& sample : samples) {
    std::array<char, 16> stem{};
    std::snprintf(stem.data(), stem.size(), "%09d", first++);
    const bool png = sample.image.width <= kLargestPng;
    tar.add(std::string(stem.data()) + (png ? ".png" : ".jpg"),
            io::encode_image(sample.image, png ? ImageFormat::png : ImageFormat::jpeg));
    if (sample.labels) {
      tar.add(concat(stem.data(), kLabels),
              io::encode_image(image_of(*sample.labels), ImageFormat::png));
    }
    tar.add(std::string(stem.data()) + ".json", to_json(sample).dump());
  }
  tar.finish();
}

std::vector<io::fs::path> find_shards(const io::fs::path& folder, const std::string& prefix) {
  std::vector<io::fs::path> shards;
  std::error_code error;
  for (const auto& entry : io::fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".tar")) shards.push_back(entry.path());
  }
  std::ranges::sort(shards);
  return shards;
}

void read_shard(const io::fs::path& path, const std::function<void(Sample)>& on_sample) {
  read_encoded_shard(path, [&](EncodedSample encoded) {
    encoded.sample.image =
        io::flatten(io::decode_image(encoded.picture, encoded.where, kMaxPixels));
    if (!encoded.labels.empty()) {
      encoded.sample.labels =
          labels_of(io::flatten(io::decode_image(encoded.labels, encoded.where, kMaxPixels)));
    }
    on_sample(std::move(encoded.sample));
  });
}

/// Members that share a stem stand together, the picture before its JSON.
void read_encoded_shard(const io::fs::path& path,
                        const std::function<void(EncodedSample)>& on_sample) {
  EncodedSample next;
  std::string picture_stem;
  io::read_archive(path, [&](const std::string& name, io::Bytes bytes) {
    const auto where = path.string() + ": " + name;
    if (name.ends_with(kLabels)) {
      next.labels = std::move(bytes);
      return;
    }
    const io::fs::path member(name);
    if (member.extension() != ".json") {
      next.picture = std::move(bytes);
      next.where = where;
      picture_stem = member.stem().string();
      return;
    }
    check<FormatError>(picture_stem == member.stem().string(), where,
                       ": expected its picture before it, got \"", picture_stem, "\"");
    next.sample = from_json(bytes, where);
    on_sample(std::exchange(next, {}));
    picture_stem.clear();
  });
}

}  // namespace imagine::data
