#include "text/unicode.h"

#include <gmock/gmock.h>
#include <utility>

#include "imagine/error.h"

namespace imagine::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string normalized(std::string_view text) {
  return encode_utf8(normalize_uncased(decode_utf8(text)));
}

TEST(Utf8, CodePointsOfEveryLengthReturn) {
  const std::u32string text{U'a',  U'\0', 0x7f,   0x80,    U'è', 0x7ff,
                            0x800, U'猫', 0xffff, 0x10000, U'👩', 0x10ffff};
  EXPECT_EQ(encode_utf8(text).size(), 3 * 1u + 3 * 2u + 3 * 3u + 3 * 4u);
  EXPECT_EQ(decode_utf8(encode_utf8(text)), text);
  EXPECT_EQ(encode_utf8(U"è猫👩"), "\xc3\xa8\xe7\x8c\xab\xf0\x9f\x91\xa9");
}

TEST(Utf8, TheFirstByteThatIsNotIsNamed) {
  const std::pair<std::string, std::string> kCases[] = {
      {"a\xe0\x80\x80", "position 1"},      // overlong
      {"ab\xf0\x9f\x98", "position 2"},     // cut short
      {"è\xf4\x90\x80\x80", "position 2"},  // beyond U+10FFFF
      {"x\xc3(\xff", "position 1"},         // the first of two
      {"\xed\xbf\xbf", "position 0"}};      // a surrogate
  for (const auto& [text, position] : kCases) {
    EXPECT_THAT([&] { decode_utf8(text); },
                testing::ThrowsMessage<InputError>(HasSubstr(position)));
  }
}

TEST(Utf8, AMegabyteIsTheMost) {
  EXPECT_EQ(decode_utf8(std::string(1 << 20, 'a')).size(), std::size_t(1) << 20);
  EXPECT_THROW(decode_utf8(std::string((1 << 20) + 1, 'a')), InputError);
}

TEST(NormalizeUncased, LowersEveryScript) {
  EXPECT_EQ(normalized("RED Ж ΑΣ ẞ Ǆ"), "red ж ασ ß ǆ");
  EXPECT_EQ(normalized("\xf0\x90\x90\x80"), "\xf0\x90\x90\xa8");  // Deseret, four bytes
}

TEST(NormalizeUncased, StripsMarksThatTakeNoSpaceAndNoOthers) {
  EXPECT_EQ(normalized("perché città ǖ ṩ"), "perche citta u s");
  EXPECT_EQ(normalized("e\u0301\u0323"), "e");
  EXPECT_EQ(normalized("हिन्दी"), "हिनदी");              // the virama goes, the vowel signs stay
  EXPECT_EQ(normalized("ø ł đ ﬁ ² Ⅷ"), "ø ł đ ﬁ ² ⅷ");  // nothing canonical to take apart
}

TEST(NormalizeUncased, SetsIdeographsApartButNotKanaAndHangul) {
  EXPECT_EQ(normalized("a㐀b\U00020000c"), "a 㐀 b \U00020000 c");
  EXPECT_EQ(normalized("x\uf900y"), "x \u8c48 y");  // compatibility ideograph
  EXPECT_EQ(normalized("がカ"), "かカ");
  EXPECT_EQ(normalized("한"), "\u1112\u1161\u11ab");
}

TEST(NormalizeUncased, MakesEverySpaceAPlainOneAndDropsWhatIsUnseen) {
  EXPECT_EQ(normalized("a\rb\nc\u2003d\u2028e\u2029f"), "a b c d e f");
  EXPECT_EQ(normalized("a\u00adb\ufeffc\ue000d\u202ee\x7f"
                       "f\xc2\x85g"),
            "abcdefg");
  EXPECT_EQ(normalized(""), "");
}

TEST(SplitWords, OfNothingButSpacesAreNone) {
  EXPECT_THAT(split_words(U""), IsEmpty());
  EXPECT_THAT(split_words(U"   "), IsEmpty());
}

TEST(SplitWords, TakesEverySymbolOfAsciiForPunctuationButNotThoseBeyond) {
  EXPECT_THAT(
      split_words(U"a+b=~c €5 x² 猫、犬。"),
      ElementsAre(U"a", U"+", U"b", U"=", U"~", U"c", U"€5", U"x²", U"猫", U"、", U"犬", U"。"));
}

}  // namespace
}  // namespace imagine::text
