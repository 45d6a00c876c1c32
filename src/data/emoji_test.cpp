#include "data/emoji.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "data/emoji_words.h"
#include "data/fake_packages.h"
#include "imagine/error.h"

namespace imagine::data {
namespace {

TEST(EmojiWords, ExclusionsApply) {
  EXPECT_TRUE(is_wanted_emoji("Food & Drink", "red apple"));
  EXPECT_FALSE(is_wanted_emoji("Flags", "flag: Italy"));
  EXPECT_FALSE(is_wanted_emoji("Smileys & Emotion", "grinning face"));
  EXPECT_FALSE(is_wanted_emoji("Travel & Places", "ten o'clock"));
  EXPECT_FALSE(is_wanted_emoji("Travel & Places", "ten-thirty"));
  EXPECT_FALSE(is_wanted_emoji("Activities", "club suit"));
}

TEST(EmojiWords, WritingIsNeverFlipped) {
  EXPECT_TRUE(may_flip_emoji("animal-mammal", "dog"));
  EXPECT_FALSE(may_flip_emoji("transport-ground", "stop sign"));
  EXPECT_FALSE(may_flip_emoji("light & video", "magnifying glass tilted left"));
}

TEST(Emoji, EntriesJoinNamesAndKinds) {
  const io::TemporaryFolder folder;
  write_fake_packages(folder.path());
  const auto entries = read_emoji_entries({.path = folder.path()});
  ASSERT_EQ(entries.size(), 6u);
  const auto apple = std::ranges::find(entries, "1f34e", &EmojiEntry::key);
  ASSERT_NE(apple, entries.end());
  EXPECT_EQ(apple->english.phrase, "a red apple");
  EXPECT_EQ(apple->italian.phrase, "una mela rossa");
  EXPECT_TRUE(apple->composable);
  EXPECT_TRUE(std::ranges::is_sorted(entries, {}, &EmojiEntry::key));
}

TEST(Emoji, SetsShareTheIdentity) {
  const io::TemporaryFolder folder;
  write_fake_packages(folder.path());
  const PackageFolder packages{.path = folder.path()};
  const auto entries = read_emoji_entries(packages);
  const auto renders = read_fluent_render(packages, entries);
  const auto flats = read_fluent_flat(packages, entries);
  ASSERT_EQ(renders.size(), entries.size());
  ASSERT_EQ(flats.size(), entries.size());
  EXPECT_EQ(renders[2].identity, flats[2].identity);
  EXPECT_EQ(renders[2].style, Style::render);
  EXPECT_EQ(flats[2].style, Style::flat);
}

TEST(Emoji, AMissingPackageSaysHowToGetIt) {
  const io::TemporaryFolder folder;
  try {
    read_emoji_entries({.path = folder.path()});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("fetch_packages"), std::string::npos);
  }
}

}  // namespace
}  // namespace imagine::data
