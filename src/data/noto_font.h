/// The pictures inside a bitmap colour font: OpenType tables cmap (format 12), CBLC and CBDT.
/// https://learn.microsoft.com/typography/opentype/spec/cbdt. All offsets are checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::data {

class BitmapFont {
 public:
  /// Keeps a view of `font`, which must outlive it. FormatError names `where`.
  BitmapFont(std::string_view font, std::string where);

  /// The PNG of a code point in the first strike; empty where there is none.
  std::string_view png_of(std::uint32_t code_point) const;

 private:
  void read_characters(std::string_view cmap);
  void read_bitmaps(std::string_view locations, std::string_view data);

  std::string where_;
  std::map<std::uint32_t, std::uint32_t> glyphs_;     ///< by code point
  std::map<std::uint32_t, std::string_view> images_;  ///< PNG by glyph
};

}  // namespace imagine::data
