/// Tells contents apart by all their bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// A hash of settings and files, one after the other. Not for foes: who wants two of them alike can
/// make them so.
class Fingerprint {
 public:
  void add(std::string_view setting);
  /// Every byte. FormatError where the file cannot be read.
  void add_file(const fs::path& file);

  /// 16 hexadecimal digits.
  std::string text() const;

 private:
  std::uint64_t hash_ = 0;
};

}  // namespace imagine::io
