#include "data/noto_font.h"

#include "core/check.h"

namespace imagine::data {
namespace {

/// Big-endian numbers of a table.
class Table {
 public:
  Table(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::uint32_t u16(std::size_t at) const { return number(at, 2); }
  std::uint32_t u32(std::size_t at) const { return number(at, 4); }
  std::string_view part(std::size_t at, std::size_t size) const {
    check<FormatError>(at <= bytes_.size() && size <= bytes_.size() - at, where_, ": expected ",
                       size, " bytes at ", at, " of a table, got ", bytes_.size(), " in all");
    return bytes_.substr(at, size);
  }
  Table from(std::size_t at) const {
    part(at, 0);
    return {bytes_.substr(at), where_};
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (const char c : part(at, size)) value = value << 8 | std::uint8_t(c);
    return value;
  }

  std::string_view bytes_;
  const std::string& where_;
};

std::string_view table_named(const Table& font, std::string_view tag, const std::string& where) {
  const auto count = font.u16(4);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto record = 12 + 16 * std::size_t(i);
    if (font.part(record, 4) == tag) return font.part(font.u32(record + 8), font.u32(record + 12));
  }
  throw FormatError(concat(where, ": expected a table ", tag, ", got none"));
}

/// CBDT image formats 17 (small metrics, 5 bytes) and 18 (big, 8): then a length and the PNG.
std::string_view png_at(const Table& data, std::size_t at, std::uint32_t format) {
  if (format != 17 && format != 18) return {};
  const std::size_t metrics = format == 17 ? 5 : 8;
  return data.part(at + metrics + 4, data.u32(at + metrics));
}

}  // namespace

BitmapFont::BitmapFont(std::string_view font, std::string where) : where_(std::move(where)) {
  const Table file(font, where_);
  read_characters(table_named(file, "cmap", where_));
  read_bitmaps(table_named(file, "CBLC", where_), table_named(file, "CBDT", where_));
}

std::string_view BitmapFont::png_of(std::uint32_t code_point) const {
  const auto glyph = glyphs_.find(code_point);
  if (glyph == glyphs_.end()) return {};
  const auto image = images_.find(glyph->second);
  return image == images_.end() ? std::string_view() : image->second;
}

void BitmapFont::read_characters(std::string_view bytes) {
  constexpr std::uint32_t kMaxGlyphs = 65535;
  const Table cmap(bytes, where_);
  for (std::uint32_t i = 0; i < cmap.u16(2); ++i) {
    const Table map = cmap.from(cmap.u32(4 + 8 * std::size_t(i) + 4));
    if (map.u16(0) != 12) continue;
    const auto groups = map.u32(12);
    map.part(16, 12 * std::size_t(groups));
    for (std::uint32_t group = 0; group < groups; ++group) {
      const std::size_t at = 16 + 12 * std::size_t(group);
      const auto first = map.u32(at), last = map.u32(at + 4), glyph = map.u32(at + 8);
      check<FormatError>(first <= last && last - first < kMaxGlyphs, where_,
                         ": cmap: expected a range of characters, got ", first, " .. ", last);
      for (auto code = first; code <= last; ++code) glyphs_[code] = glyph + (code - first);
    }
  }
}

void BitmapFont::read_bitmaps(std::string_view locations, std::string_view bytes) {
  const Table index(locations, where_), data(bytes, where_);
  if (index.u32(4) == 0) return;
  const Table ranges = index.from(index.u32(8));
  const auto count = index.u32(16);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t record = 8 * std::size_t(i);
    const auto first = ranges.u16(record), last = ranges.u16(record + 2);
    const Table range = ranges.from(ranges.u32(record + 4));
    const auto kind = range.u16(0), format = range.u16(2);
    const std::size_t base = range.u32(4);
    for (auto glyph = first; glyph <= last; ++glyph) {
      const std::size_t k = glyph - first;
      if (kind == 1) {  // 32-bit offsets
        images_[glyph] = png_at(data, base + range.u32(8 + 4 * k), format);
      } else if (kind == 3) {  // 16-bit offsets
        images_[glyph] = png_at(data, base + range.u16(8 + 2 * k), format);
      }
    }
  }
}

}  // namespace imagine::data
