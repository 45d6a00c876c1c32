/// Tells models apart by what makes them draw as they do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::evaluate {

/// A hash of settings and files, one after the other. Not for foes: who wants two models alike can
/// make them so.
class Fingerprint {
 public:
  void add(std::string_view setting);
  /// Every byte of a file; of a folder those of its configurations, weights and vocabularies with
  /// their places in it, linked folders included. What tells of a model and evaluations in it (a
  /// folder with a report) do not count. FormatError where a file cannot be read, InputError where
  /// there is none.
  void add_files(const io::fs::path& place);

  /// 16 hexadecimal digits.
  std::string text() const;

 private:
  void add_bytes(const io::fs::path& file);

  std::uint64_t hash_ = 0;
};

/// The page that an evaluation leaves in its folder.
inline constexpr const char* kReport = "report.html";

}  // namespace imagine::evaluate
