#include "data/noto_font.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::data {
namespace {

std::string u16(unsigned value) { return {char(value >> 8), char(value)}; }
std::string u32(unsigned value) { return u16(value >> 16) + u16(value & 0xffff); }

/// One glyph, number 5, for the code point 0x1f34e; its picture is the text "PNG!".
std::string small_font() {
  const std::string cmap = u16(0) + u16(1) + u16(3) + u16(10) + u32(12) +  // one map, at 12
                           u16(12) + u16(0) + u32(28) + u32(0) + u32(1) +  // format 12, one group
                           u32(0x1f34e) + u32(0x1f34e) + u32(5);
  const std::string locations = u32(0x30000) + u32(1) +               // one strike
                                u32(56) + u32(0) + u32(1) + u32(0) +  // its ranges at 56
                                std::string(32, '\0') +               // metrics
                                u16(5) + u16(5) + u32(8) +            // glyphs 5 .. 5 at 64
                                u16(1) + u16(17) + u32(4) + u32(0) + u32(13);
  const std::string data = u32(0x30000) + std::string(5, '\0') + u32(4) + "PNG!";
  std::string font = u32(0x10000) + u16(3) + std::string(6, '\0'), body;
  const auto add = [&](const std::string& tag, const std::string& table) {
    font += tag + u32(0) + u32(unsigned(12 + 3 * 16 + body.size())) + u32(unsigned(table.size()));
    body += table;
  };
  add("CBDT", data);
  add("CBLC", locations);
  add("cmap", cmap);
  return font + body;
}

TEST(BitmapFont, FindsThePictureOfACodePoint) {
  const auto bytes = small_font();
  const BitmapFont font(bytes, "test");
  EXPECT_EQ(font.png_of(0x1f34e), "PNG!");
  EXPECT_EQ(font.png_of(0x1f34f), "");
}

TEST(BitmapFont, EveryCutIsRefused) {
  const auto bytes = small_font();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(BitmapFont(std::string_view(bytes).substr(0, size), "test"), FormatError) << size;
  }
}

TEST(BitmapFont, ARangeThatNeverEndsIsRefused) {
  auto bytes = small_font();
  const auto last = bytes.rfind(u32(0x1f34e));
  bytes.replace(last, 4, u32(0xffffffff));
  EXPECT_THROW(BitmapFont(bytes, "test"), FormatError);
}

}  // namespace
}  // namespace imagine::data
