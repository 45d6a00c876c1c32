/// Pictures with captions in anybody's WebDataset shards: uncompressed tars in which members that
/// follow each other and share a stem are one sample: a.jpg, a.txt, b.png, b.json ...
///
/// As the Python package webdataset 1.0 reads them: the first dot of a name's last part divides
/// stem and extension; what has none, begins with a dot there or lies in `__x__` is passed over.
/// Beyond that package a backslash divides parts as a slash does, and "d/.x" is passed over as ".x"
/// is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/skipped.h"
#include "io/file.h"

namespace imagine::data {

/// One sample: its name, and its members by what follows the first dot of theirs, in lower case.
struct WebSample {
  std::string stem;
  std::map<std::string, io::Bytes> members = {};
  std::set<std::string> links = {};  ///< members that are links to files, whose bytes are elsewhere
};

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

  /// UnusableSample where a member is broken or comes twice.
  WebSample read(std::int64_t shard, std::int64_t sample) const;
  /// The shard's path, for errors.
  std::string name(std::int64_t shard) const { return shards_[std::size_t(shard)].string(); }

 private:
  bool is_whole(std::uint64_t fingerprint) const;
  std::uint64_t word(std::uint64_t i) const;
  /// Of a shard: where its places begin in the file.
  std::uint64_t first(std::int64_t shard) const;

  std::vector<io::fs::path> shards_;
  std::unique_ptr<io::MappedFile> file_;
};

/// Every sample of a shard, in order. FormatError; where `skipped` is given, it takes what is wrong
/// with a single sample, and the others are read.
void read_web_shard(const io::fs::path& shard, const std::function<void(WebSample)>& sample,
                    const std::function<void(const UnusableSample&)>& skipped = {});

/// The captions of a sample: its .txt, .text or .caption, else `key` of its .json, where that is a
/// text, a list of texts, or of objects with a "text"; the first of them that says something.
/// UnusableSample, beginning with `where`, if there is none, or one is not UTF-8 or no JSON
/// (Python's NaN and Infinity may stand in it).
std::vector<std::string> captions_of(const WebSample& sample, const std::string& key,
                                     const std::string& where);

/// The bytes of its picture. UnusableSample where there is none.
const io::Bytes& picture_of(const WebSample& sample, const std::string& where);

}  // namespace imagine::data
