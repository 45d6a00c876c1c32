#include "data/emoji_words.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace imagine::data {
namespace {

constexpr std::string_view kCategories[] = {"Animals & Nature", "Food & Drink", "Objects",
                                            "Travel & Places", "Activities"};

std::multiset<std::string> unwanted_names() {
  std::multiset<std::string> names;
  const std::string table(unwanted_emojis());
  for (std::size_t start = 1; start < table.size();) {
    const auto end = table.find('|', start);
    names.insert(table.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

TEST(EmojiWords, TakesFiveCategoriesByTheirWholeName) {
  for (const auto category : kCategories) EXPECT_TRUE(is_wanted_emoji(category, "x")) << category;
  for (const auto* other : {"", "People & Body", "Symbols", "Component", "objects", "Object",
                            "Food & Drink|Objects", "|"}) {
    EXPECT_FALSE(is_wanted_emoji(other, "x")) << other;
  }
}

TEST(EmojiWords, EveryUnwantedNameIsRefusedAndNoneIsRenamed) {
  const auto names = unwanted_names();
  EXPECT_GE(names.size(), 60u);
  for (const auto& name : names) {
    EXPECT_EQ(names.count(name), 1u) << name;
    EXPECT_FALSE(renamed_emoji(name)) << name;
    for (const auto category : kCategories) EXPECT_FALSE(is_wanted_emoji(category, name)) << name;
  }
}

TEST(EmojiWords, RefusesClockFacesButNotClocks) {
  EXPECT_FALSE(is_wanted_emoji("Travel & Places", "twelve o'clock"));
  EXPECT_FALSE(is_wanted_emoji("Travel & Places", "twelve-thirty"));
  EXPECT_TRUE(is_wanted_emoji("Travel & Places", "mantelpiece clock"));
  EXPECT_TRUE(is_wanted_emoji("Food & Drink", "butter")) << "part of no unwanted name";
}

TEST(EmojiWords, ThingsThatFillAPictureAreNotComposed) {
  for (const auto* kind : {"animal-mammal", "plant-flower", "clothing", "transport-water"}) {
    EXPECT_TRUE(is_composable_emoji(kind)) << kind;
  }
  for (const auto* kind : {"place-building", "sky & weather", "time", "animal", ""}) {
    EXPECT_FALSE(is_composable_emoji(kind)) << kind;
  }
}

TEST(EmojiWords, FlipsOnlyWhatIsComposedAndBearsNoWriting) {
  EXPECT_TRUE(may_flip_emoji("transport-ground", "bus"));
  EXPECT_FALSE(may_flip_emoji("transport-ground", "bus stop"));
  EXPECT_FALSE(may_flip_emoji("clothing", "running shirt"));
  EXPECT_FALSE(may_flip_emoji("place-building", "castle"));
}

TEST(EmojiWords, RenamesByTheWholeName) {
  const auto coffee = renamed_emoji("hot beverage");
  ASSERT_TRUE(coffee);
  EXPECT_EQ(coffee->english, "a cup of coffee");
  EXPECT_EQ(coffee->italian, "una tazza di caffè");
  EXPECT_EQ(renamed_emoji("sun")->english, "the sun");
  EXPECT_EQ(renamed_emoji("woman's clothes")->italian, "una camicetta da donna");
  for (const auto* name : {"", "hot", "hot beverage ", "Sun", "red apple"}) {
    EXPECT_FALSE(renamed_emoji(name)) << name;
  }
}

}  // namespace
}  // namespace imagine::data
