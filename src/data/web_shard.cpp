#include "data/web_shard.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>

#include "core/check.h"
#include "core/random.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "io/utf8.h"

namespace imagine::data {
namespace {

constexpr std::uint64_t kMagic = 0x3278656469626577;  // "webidex2"
constexpr std::uint64_t kHead = 3;                    // words before the table of shards

struct MemberName {
  std::string stem, extension;
};

/// Whether the first part is like "__pycache__".
bool is_meta(const std::string& name) {
  const auto part = std::string_view(name).substr(0, name.find('/'));
  return part.size() >= 4 && part.starts_with("__") && part.ends_with("__");
}

/// "a/b.c.JPG" is the member "c.jpg" of the sample "a/b". Nothing for what is passed over.
std::optional<MemberName> split_name(const std::string& name) {
  const auto slash = name.find_last_of("/\\");
  const auto begin = slash == name.npos ? 0 : slash + 1;
  const auto dot = name.find('.', begin);
  if (dot == name.npos || dot == begin || is_meta(name)) return std::nullopt;
  auto extension = name.substr(dot + 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return MemberName{name.substr(0, dot), std::move(extension)};
}

/// Tells where samples begin: at a file of another stem than the one before it, or at the links of
/// its stem before it.
class SampleBegins {
 public:
  void see(const io::TarMember& member) {
    const auto name = split_name(member.name);
    if (!name) return;
    if (member.is_link) {
      ++links_;
      if (!link_ || link_->stem != name->stem) link_ = Begin{name->stem, member.begin};
      return;
    }
    if (places_.empty() || stem_ != name->stem) {
      places_.push_back(link_ && link_->stem == name->stem ? link_->place : member.begin);
      stem_ = name->stem;
    }
    link_.reset();
  }

  std::vector<std::uint64_t> take() { return std::move(places_); }
  std::int64_t links() const { return links_; }

 private:
  struct Begin {
    std::string stem;
    std::uint64_t place;
  };

  std::vector<std::uint64_t> places_;
  std::string stem_;           // of the last sample
  std::optional<Begin> link_;  // after the last file
  std::int64_t links_ = 0;
};

/// Where each sample begins, and where the last ends.
std::vector<std::uint64_t> places_of(const io::fs::path& shard) {
  SampleBegins begins;
  const auto end = io::walk_tar(shard, [&](const io::TarMember& member) { begins.see(member); });
  auto places = begins.take();
  check<FormatError>(!places.empty(), shard.string(), ": expected samples, got ",
                     begins.links() == 0
                         ? "an empty shard"
                         : concat(begins.links(), " links alone: `tar --dereference ",
                                  "--hard-dereference` packs the files that they name"));
  places.push_back(end);
  return places;
}

WebSample read_sample(const io::fs::path& shard, std::uint64_t begin, std::uint64_t end) {
  WebSample sample;
  io::read_tar_part(shard, begin, end, [&](io::TarMember member) {
    auto name = split_name(member.name);
    if (!name) return;
    if (sample.stem.empty()) sample.stem = name->stem;
    if (sample.stem != name->stem) return;  // a link's, of no sample
    if (member.is_link) {
      sample.links.insert(name->extension);
      return;
    }
    const bool is_new =
        sample.members.emplace(std::move(name->extension), std::move(member.bytes)).second;
    check<FormatError>(is_new, shard.string(), ": ", sample.stem,
                       ": expected each member once, got ", member.name, " twice");
  });
  return sample;
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

std::string trimmed(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

/// What a JSON value says.
void append_texts(const Json& json, std::vector<std::string>& texts) {
  if (json.is_string()) return texts.push_back(json.get<std::string>());
  if (json.is_object() && json.contains("text")) return append_texts(json["text"], texts);
  if (!json.is_array()) return;
  for (const auto& element : json) append_texts(element, texts);
}

/// What a sample has, for errors.
std::string told(const WebSample& sample) {
  std::string names;
  for (const auto& [extension, bytes] : sample.members) {
    names += concat(names.empty() ? "" : ", ", '.', extension);
  }
  for (const auto& extension : sample.links) {
    names += concat(names.empty() ? "" : ", ", '.', extension, " (a link, which has no bytes)");
  }
  return names;
}

/// What a caption's file says; nothing where it is not there.
std::vector<std::string> texts_in(const WebSample& sample, const std::string& extension,
                                  const std::string& key, const std::string& where) {
  const auto found = sample.members.find(extension);
  if (found == sample.members.end()) return {};
  if (extension != "json") return {found->second};
  return with_fault(Fault::broken_caption, [&] {
    std::vector<std::string> texts;
    const auto json = io::parse_python_json(found->second, concat(where, '.', extension));
    if (json.is_object() && json.contains(key)) append_texts(json[key], texts);
    return texts;
  });
}

}  // namespace

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

WebSample WebIndex::read(std::int64_t shard, std::int64_t sample) const {
  const auto at = kHead + shards_.size() + 1 + first(shard) + std::uint64_t(sample);
  return with_fault(Fault::broken_member, [&] {
    return read_sample(shards_[std::size_t(shard)], word(at), word(at + 1));
  });
}

void read_web_shard(const io::fs::path& shard, const std::function<void(WebSample)>& sample,
                    const std::function<void(const UnusableSample&)>& skipped) {
  const auto places = places_of(shard);
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    std::optional<WebSample> read;
    try {
      read = with_fault(Fault::broken_member,
                        [&] { return read_sample(shard, places[i], places[i + 1]); });
    } catch (const UnusableSample& unusable) {
      if (!skipped) throw;
      skipped(unusable);
    }
    if (read) sample(*std::move(read));
  }
}

std::vector<std::string> captions_of(const WebSample& sample, const std::string& key,
                                     const std::string& where) {
  for (const char* extension : {"txt", "text", "caption", "json"}) {
    std::vector<std::string> captions;
    for (std::string_view text : texts_in(sample, extension, key, where)) {
      text = io::without_byte_order_mark(text);
      check_usable(io::is_utf8(text), Fault::broken_caption, where, '.', extension,
                   ": expected a caption in UTF-8");
      if (auto caption = trimmed(text); !caption.empty()) captions.push_back(std::move(caption));
    }
    if (!captions.empty()) return captions;
  }
  throw UnusableSample(Fault::no_caption,
                       concat(where, ": expected a .txt, .text or .caption, or a .json with \"",
                              key, "\", got no caption in ", told(sample)));
}

const io::Bytes& picture_of(const WebSample& sample, const std::string& where) {
  for (const auto& extension : io::image_extensions()) {
    const auto found = sample.members.find(extension);
    if (found != sample.members.end()) return found->second;
  }
  throw UnusableSample(Fault::no_picture, concat(where, ": expected a picture (", kReadFormats,
                                                 "), got no picture in ", told(sample)));
}

}  // namespace imagine::data
