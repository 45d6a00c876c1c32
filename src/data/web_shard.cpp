#include "data/web_shard.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <sstream>

#include "core/check.h"
#include "core/random.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "io/utf8.h"

namespace imagine::data {
namespace {

constexpr std::uint64_t kMagic = 0x3178656469626577;  // "webidex1"
constexpr std::uint64_t kHead = 3;                    // words before the table of shards

/// "a/b.c.JPG" is the member "c.jpg" of the sample "a/b".
std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto slash = name.rfind('/');
  const auto dot = name.find('.', slash == name.npos ? 0 : slash + 1);
  if (dot == name.npos) return {name, ""};
  auto extension = name.substr(dot + 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return {name.substr(0, dot), extension};
}

/// Where each sample begins, and where the last ends.
std::vector<std::uint64_t> places_of(const io::fs::path& shard) {
  std::vector<std::uint64_t> places;
  std::string stem;
  const auto end = io::walk_tar(shard, [&](const std::string& name, std::uint64_t begin) {
    const auto next = split_name(name).first;
    if (!places.empty() && next == stem) return;
    places.push_back(begin);
    stem = next;
  });
  check<FormatError>(!places.empty(), shard.string(), ": expected samples, got an empty shard");
  places.push_back(end);
  return places;
}

std::uint64_t fingerprint_of(const std::vector<io::fs::path>& shards) {
  std::uint64_t hash = kMagic;
  for (const auto& shard : shards) {
    const auto time = io::fs::last_write_time(shard).time_since_epoch().count();
    hash = hash * 31 +
           stable_hash(concat(shard.filename().string(), ' ', io::fs::file_size(shard), ' ', time));
  }
  return hash;
}

bool is_utf8(std::string_view text) {
  constexpr char32_t kReplacement = 0xFFFD;
  while (!text.empty()) {
    const auto before = text;
    if (io::take_utf8(text) == kReplacement && !before.starts_with("\xEF\xBF\xBD")) return false;
  }
  return true;
}

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// What a JSON value says.
void append_texts(const Json& json, std::vector<std::string>& texts) {
  if (json.is_string()) return texts.push_back(json.get<std::string>());
  if (json.is_object() && json.contains("text")) return append_texts(json["text"], texts);
  if (!json.is_array()) return;
  for (const auto& element : json) append_texts(element, texts);
}

void add_named(const io::fs::path& named, std::vector<io::fs::path>& shards) {
  if (io::fs::is_directory(named)) {
    std::vector<io::fs::path> found;
    for (const auto& entry : io::fs::directory_iterator(named)) {
      if (entry.path().extension() == ".tar") found.push_back(entry.path());
    }
    check<InputError>(!found.empty(), named.string(), ": expected .tar files, found none");
    std::ranges::sort(found);
    shards.insert(shards.end(), found.begin(), found.end());
    return;
  }
  check<InputError>(io::fs::exists(named), named.string(),
                    ": expected a .tar, a folder of them or a list, found nothing");
  if (named.extension() == ".tar") return shards.push_back(named);
  std::istringstream lines(io::read_file(named));
  const auto before = shards.size();
  for (std::string line; std::getline(lines, line);) {
    const auto name = trimmed(line);
    if (name.empty() || name.front() == '#') continue;
    const auto path = named.parent_path() / name;
    check<InputError>(path.extension() == ".tar" || io::fs::is_directory(path), named.string(),
                      ": expected .tar files and folders, got \"", name, "\"");
    add_named(path, shards);
  }
  check<InputError>(shards.size() > before, named.string(), ": expected shards, the list is empty");
}

}  // namespace

std::vector<io::fs::path> find_web_shards(const std::vector<std::string>& names) {
  std::vector<io::fs::path> shards;
  for (const auto& name : names) add_named(name, shards);
  return shards;
}

WebIndex::WebIndex(std::vector<io::fs::path> shards, const io::fs::path& cache,
                   const OnShard& on_shard)
    : shards_(std::move(shards)) {
  const auto fingerprint = fingerprint_of(shards_);
  if (io::fs::exists(cache)) {
    file_ = std::make_unique<io::MappedFile>(cache);
    if (is_whole(fingerprint)) return;
  }
  std::vector<std::uint64_t> head{kMagic, fingerprint, shards_.size(), 0}, places;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (!on_shard(std::int64_t(i), std::int64_t(shards_.size()))) {
      throw Interrupted("stopped while the shards were read; the same command starts again");
    }
    const auto found = places_of(shards_[i]);
    places.insert(places.end(), found.begin(), found.end());
    head.push_back(places.size());
  }
  const auto bytes_of = [](const std::vector<std::uint64_t>& words) {
    return std::string(reinterpret_cast<const char*>(words.data()),
                       words.size() * sizeof(words[0]));
  };
  file_.reset();
  io::write_file(cache, bytes_of(head) + bytes_of(places));
  file_ = std::make_unique<io::MappedFile>(cache);
}

std::uint64_t WebIndex::word(std::uint64_t i) const {
  std::uint64_t word = 0;
  std::memcpy(&word, file_->bytes().data() + i * sizeof(word), sizeof(word));
  return word;
}

/// Whether the mapped file is what the constructor writes, so that no place can lie outside it.
bool WebIndex::is_whole(std::uint64_t fingerprint) const {
  const auto words = file_->bytes().size() / sizeof(std::uint64_t);
  const auto table = kHead + shards_.size() + 1;
  if (words < table || word(0) != kMagic || word(1) != fingerprint || word(2) != shards_.size()) {
    return false;
  }
  for (auto i = kHead; i + 1 < table; ++i) {
    if (word(i) + 2 > word(i + 1)) return false;  // at least one sample, and its end
  }
  return word(kHead) == 0 && words == table + word(table - 1);
}

std::uint64_t WebIndex::first(std::int64_t shard) const {
  return word(kHead + std::uint64_t(shard));
}

std::int64_t WebIndex::count(std::int64_t shard) const {
  return std::int64_t(first(shard + 1) - first(shard)) - 1;
}

std::string WebIndex::name(std::int64_t shard, std::int64_t sample) const {
  return concat(shards_[std::size_t(shard)].string(), ": sample ", sample);
}

std::map<std::string, io::Bytes> WebIndex::read(std::int64_t shard, std::int64_t sample) const {
  const auto at = kHead + shards_.size() + 1 + first(shard) + std::uint64_t(sample);
  std::map<std::string, io::Bytes> members;
  io::read_tar_part(shards_[std::size_t(shard)], word(at), word(at + 1),
                    [&](const std::string& name, io::Bytes bytes) {
                      members[split_name(name).second] = std::move(bytes);
                    });
  return members;
}

void read_web_shard(const io::fs::path& shard, const std::function<void(WebSample)>& sample) {
  WebSample current;
  io::read_archive(shard, [&](const std::string& name, io::Bytes bytes) {
    auto [stem, extension] = split_name(name);
    if (stem != current.stem && !current.members.empty()) {
      sample(std::exchange(current, {}));
    }
    current.stem = std::move(stem);
    current.members[extension] = std::move(bytes);
  });
  check<FormatError>(!current.members.empty(), shard.string(),
                     ": expected samples, got an empty shard");
  sample(std::move(current));
}

std::vector<std::string> captions_of(const std::map<std::string, io::Bytes>& members,
                                     const std::string& key, const std::string& where) {
  std::vector<std::string> texts, captions;
  if (const auto text = members.find("txt"); text != members.end()) {
    texts.push_back(text->second);
  } else if (const auto json = members.find("json"); json != members.end()) {
    const auto parsed = io::parse_json(json->second, where);
    if (parsed.is_object() && parsed.contains(key)) append_texts(parsed[key], texts);
  }
  for (const auto& text : texts) {
    check<FormatError>(is_utf8(text), where, ": expected a caption in UTF-8");
    if (auto caption = trimmed(text); !caption.empty()) captions.push_back(std::move(caption));
  }
  check<FormatError>(!captions.empty(), where, ": expected a .txt, or a .json with \"", key,
                     "\", got no caption");
  return captions;
}

const io::Bytes& picture_of(const std::map<std::string, io::Bytes>& members,
                            const std::string& where) {
  for (const char* extension : {"jpg", "jpeg", "png", "webp"}) {
    const auto found = members.find(extension);
    if (found != members.end()) return found->second;
  }
  throw FormatError(where + ": expected a .jpg, .png or .webp, got no picture");
}

}  // namespace imagine::data
