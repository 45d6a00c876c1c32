/// Pictures with captions in anybody's WebDataset shards: uncompressed tars in which members that
/// share a stem are one sample: a.jpg, a.txt, b.png, b.json ...
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/file.h"

namespace imagine::data {

/// The tars that are named: each a .tar, a folder whose .tar files count, or a text file with one
/// of these on each line, relative to it. InputError where nothing is there.
std::vector<io::fs::path> find_web_shards(const std::vector<std::string>& names);

/// Where the samples of many shards lie. It is one file, mapped: memory does not grow with it.
class WebIndex {
 public:
  /// Answers whether to go on.
  using OnShard = std::function<bool(std::int64_t done, std::int64_t all)>;

  /// From `cache` if that was made of these shards (their names, sizes and times), else walks them
  /// all and writes it. FormatError names a shard that is broken or has no sample; Interrupted.
  WebIndex(std::vector<io::fs::path> shards, const io::fs::path& cache, const OnShard& on_shard);

  std::int64_t shards() const { return std::int64_t(shards_.size()); }
  /// Samples of a shard.
  std::int64_t count(std::int64_t shard) const;

  /// A sample's members by what follows the first dot of their names, in lower case. FormatError.
  std::map<std::string, io::Bytes> read(std::int64_t shard, std::int64_t sample) const;
  /// The shard's path and the number of the sample, for errors.
  std::string name(std::int64_t shard, std::int64_t sample) const;

 private:
  bool is_whole(std::uint64_t fingerprint) const;
  std::uint64_t word(std::uint64_t i) const;
  /// Of a shard: where its places begin in the file.
  std::uint64_t first(std::int64_t shard) const;

  std::vector<io::fs::path> shards_;
  std::unique_ptr<io::MappedFile> file_;
};

/// One sample: its name, and its members by what follows the first dot of theirs, in lower case.
struct WebSample {
  std::string stem;
  std::map<std::string, io::Bytes> members;
};

/// Every sample of a shard, in order. FormatError.
void read_web_shard(const io::fs::path& shard, const std::function<void(WebSample)>& sample);

/// The captions of a sample: its text file, else `key` of its JSON, where that is a text, a list of
/// texts, or of objects with a "text". FormatError where there is none, or one is not UTF-8.
std::vector<std::string> captions_of(const std::map<std::string, io::Bytes>& members,
                                     const std::string& key, const std::string& where);

/// The bytes of its picture. FormatError where there is none.
const io::Bytes& picture_of(const std::map<std::string, io::Bytes>& members,
                            const std::string& where);

}  // namespace imagine::data
