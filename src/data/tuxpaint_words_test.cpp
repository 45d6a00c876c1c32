#include "data/tuxpaint_words.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace imagine::data {
namespace {

TEST(TuxpaintWords, DrawingsAreToldByTheWholeStemOrItsBeginning) {
  for (const auto* stem :
       {"button", "pizza", "t_", "t_sock", "wrapped_gift", "party-horn-2", "dreydl-gimel"}) {
    EXPECT_TRUE(is_drawn_stamp(stem)) << stem;
  }
  for (const auto* stem : {"", "t", "butt", "buttons", "party-horn", "unwrapped", "Pizza", "*"}) {
    EXPECT_FALSE(is_drawn_stamp(stem)) << stem;
  }
}

TEST(TuxpaintWords, EveryUnwantedStampIsRefusedAndNoneIsRenamed) {
  const std::string table(unwanted_stamps());
  ASSERT_TRUE(table.starts_with('|') && table.ends_with('|'));
  std::set<std::string> seen;
  for (std::size_t start = 1; start < table.size();) {
    const auto end = table.find('|', start);
    const auto stem = table.substr(start, end - start);
    EXPECT_TRUE(seen.insert(stem).second) << stem << " comes twice";
    EXPECT_TRUE(is_unwanted_stamp(stem)) << stem;
    EXPECT_FALSE(renamed_stamp(stem)) << stem;
    start = end + 1;
  }
  EXPECT_GE(seen.size(), 50u);
  EXPECT_TRUE(seen.contains("clownfish") && seen.contains("ww2_german_gun"));
}

TEST(TuxpaintWords, TakesWhatOnlyLooksLikeAnUnwantedOne) {
  for (const auto* stem : {"", "fire_engine", "glasses", "wig4", "Bee", "bee|fly", "beehive"}) {
    EXPECT_FALSE(is_unwanted_stamp(stem)) << stem;
  }
}

TEST(TuxpaintWords, WritingIsNeverFlippedWhereverItLies) {
  for (const auto* path : {"vehicles/747.png", "747.svg", "747", "a.b/c.d/747.png", "a.b/747",
                           "clothes/t_baseballcap.png"}) {
    EXPECT_FALSE(may_flip_stamp(path)) << path;
  }
  for (const auto* path : {"", "747/plane.png", "vehicles/7477.png", "vehicles/747.old.png"}) {
    EXPECT_TRUE(may_flip_stamp(path)) << path;
  }
}

TEST(TuxpaintWords, RenamesByTheWholeStem) {
  const auto present = renamed_stamp("present");
  ASSERT_TRUE(present);
  EXPECT_EQ(present->english, "a wrapped gift");
  EXPECT_EQ(present->italian, "un regalo");
  EXPECT_EQ(renamed_stamp("gnu-baby-stand")->english, "a baby gnu");
  for (const auto* stem : {"", "presents", "santa", "apple_red"}) {
    EXPECT_FALSE(renamed_stamp(stem)) << stem;
  }
}

}  // namespace
}  // namespace imagine::data
