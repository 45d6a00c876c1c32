#include "io/utf8.h"

#include <gtest/gtest.h>

namespace imagine::io {
namespace {

std::u32string characters(std::string_view text) {
  std::u32string result;
  while (!text.empty()) result += take_utf8(text);
  return result;
}

TEST(Utf8, TakesCharactersOfEveryLength) { EXPECT_EQ(characters("aè猫🎨"), U"aè猫🎨"); }

TEST(Utf8, AppendsWhatItTakes) {
  std::string text;
  for (const auto code : U"aè猫🎨\U0010ffff") {
    if (code != 0) append_utf8(text, code);
  }
  EXPECT_EQ(text, "aè猫🎨\U0010ffff");
}

TEST(Utf8, ReplacesWhatIsNoCharacter) {
  EXPECT_EQ(characters("\xff-"), U"\ufffd-");
  EXPECT_EQ(characters("\xc3"), U"\ufffd");                                // cut short
  EXPECT_EQ(characters("\xc3-"), U"\ufffd-");                              // no continuation
  EXPECT_EQ(characters("\xc0\x80"), U"\ufffd\ufffd");                      // NUL in two bytes
  EXPECT_EQ(characters("\xe0\x80\x80"), U"\ufffd\ufffd\ufffd");            // NUL in three
  EXPECT_EQ(characters("\xed\xa0\x80"), U"\ufffd\ufffd\ufffd");            // a surrogate
  EXPECT_EQ(characters("\xf4\x90\x80\x80"), U"\ufffd\ufffd\ufffd\ufffd");  // beyond Unicode
}

}  // namespace
}  // namespace imagine::io
