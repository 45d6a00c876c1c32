/// A shard as it is filled.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "imagine/image_file.h"
#include "io/tar.h"

namespace imagine::bulk {

/// Picture k is the members 00000000k.png (.jpg, .webp), .txt: its prompt, and .json: its recipe.
/// Pictures may come in any order and stand in that of their numbers, so that equal pictures make
/// equal bytes; those that come early wait encoded in memory. The file appears when finish()
/// returns. Of one thread at a time.
class ShardWriter {
 public:
  /// `first`: the number of its first picture.
  ShardWriter(const io::fs::path& path, ImageFormat format, std::int64_t first);

  void add(std::int64_t number, const Picture& picture);
  /// When every picture from the first to the last has come.
  void finish() { tar_.finish(); }

 private:
  struct Sample {
    std::string picture, prompt, recipe;
  };

  void write(std::int64_t number, const Sample& sample);

  io::TarWriter tar_;
  ImageFormat format_;
  std::int64_t next_;  // to be written
  std::map<std::int64_t, Sample> early_ = {};
};

}  // namespace imagine::bulk
