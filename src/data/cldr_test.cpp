#include "data/cldr.h"

#include <gtest/gtest.h>

namespace imagine::data {
namespace {

TEST(Cldr, TakesNamesAndLeavesKeywords) {
  EmojiNames names;
  add_cldr_names(
      "<ldml><annotation cp=\"🍎\">apple | fruit | red</annotation>\n"
      "<annotation cp=\"🍎\" type=\"tts\">red apple</annotation>"
      "<annotation cp=\"🏔️\" type=\"tts\">snow &amp; mountain</annotation>"
      "<annotation cp=\"👒\" type=\"tts\">woman’s hat</annotation></ldml>",
      names);
  EXPECT_EQ(
      names,
      (EmojiNames{{"1f34e", "red apple"}, {"1f3d4", "snow & mountain"}, {"1f452", "woman's hat"}}));
}

TEST(Cldr, BrokenTextEndsTheScan) {
  for (const auto* text :
       {"<annotation cp=\"", "<annotation cp=\"🍎\" type=\"tts\">red", "",
        "<annotation >x</annotation>", "<annotation cp=\"\xf0\" type=\"tts\">"}) {
    EmojiNames names;
    EXPECT_NO_THROW(add_cldr_names(text, names)) << text;
    EXPECT_TRUE(names.empty()) << text;
  }
}

TEST(Cldr, KeysJoinTheSets) {
  EXPECT_EQ(emoji_key("1F3D4-FE0F"), "1f3d4");
  EXPECT_EQ(emoji_key("0023-fe0f-20e3"), "23-20e3");
  EXPECT_EQ(emoji_key("1f415-200d-1f9ba"), "1f415-200d-1f9ba");
}

}  // namespace
}  // namespace imagine::data
