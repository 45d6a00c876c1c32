#include "data/tuxpaint.h"

#include <gtest/gtest.h>

#include "data/fake_packages.h"
#include "imagine/error.h"

namespace imagine::data {
namespace {

TEST(Tuxpaint, KindsByPath) {
  EXPECT_EQ(stamp_kind("food/fruit/apple_red.png"), StampKind::photo);
  EXPECT_EQ(stamp_kind("food/fruit/cartoon/apple.png"), StampKind::drawing);
  EXPECT_EQ(stamp_kind("clothes/bikini.svg"), StampKind::drawing);
  EXPECT_EQ(stamp_kind("clothes/t_sock.png"), StampKind::drawing);
  EXPECT_EQ(stamp_kind("plants/flowers/daffodil.png"), StampKind::photo);
  EXPECT_EQ(stamp_kind("seasonal/easter/daffodil.png"), StampKind::drawing);
}

TEST(Tuxpaint, ExclusionsApply) {
  for (const auto* path :
       {"symbols/math/7.png", "town/roadsigns/stop.png", "animals/fish/clownfish.png",
        "animals/fish/shrimp.png", "naturalforces/fire.png", "animals/insects/bee.png",
        "vehicles/ship/cartoon/tugboat_mirror.png", "seasonal/halloween/ghost.png"}) {
    EXPECT_EQ(stamp_kind(path), StampKind::unwanted) << path;
  }
}

TEST(Tuxpaint, NamesComeFromTheCaptions) {
  const auto names = stamp_names("apple_red", "A red apple.\nit.utf8=Una mela rossa.\nx=y\n");
  ASSERT_TRUE(names);
  EXPECT_EQ(names->english.phrase, "a red apple");
  EXPECT_EQ(names->english.bare, "red apple");
  EXPECT_EQ(names->italian.phrase, "una mela rossa");
}

TEST(Tuxpaint, WhatIsNoCaptionIsNoName) {
  EXPECT_FALSE(stamp_names("x", "Boom!!!\nit.utf8=Bum!!!\n"));
  EXPECT_FALSE(stamp_names("x", "A camera.  Say Cheese!\n"));
  EXPECT_FALSE(stamp_names("x", "A boxcar is used to carry livestock.\n"));
  EXPECT_FALSE(stamp_names("x", ""));
  const auto names = stamp_names("x", "A frog.\nit.utf8=Ciao, sono una rana!\n");
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->italian.bare.empty());
}

TEST(Tuxpaint, CaptionsThatAreNoNamesAreRenamed) {
  const auto names = stamp_names("broccoli", "Eat your broccoli!\nit.utf8=Mangia i broccoli!\n");
  ASSERT_TRUE(names);
  EXPECT_EQ(names->english.phrase, "a head of broccoli");
  EXPECT_EQ(names->italian.phrase, "un broccolo");
}

TEST(Tuxpaint, ReadsTheStampsOfAPackage) {
  const io::TemporaryFolder folder;
  write_fake_packages(folder.path());
  const auto stamps = read_stamps({.path = folder.path()});
  std::vector<std::string> nouns;
  for (const Cutout& stamp : stamps) nouns.push_back(stamp.identity);
  EXPECT_EQ(nouns, (std::vector<std::string>{"dog", "frog", "red apple", "banana", "carrot", "pear",
                                             "bikini", "crown", "jacket", "star"}));
  EXPECT_EQ(stamps.front().style, Style::photo);
  EXPECT_EQ(stamps.back().style, Style::drawing);
  EXPECT_FALSE(stamps.back().svg.empty());
}

TEST(Tuxpaint, StopsWhenTold) {
  const io::TemporaryFolder folder;
  write_fake_packages(folder.path());
  EXPECT_THROW(read_stamps({.path = folder.path(), .go_on = [] { return false; }}), Interrupted);
}

}  // namespace
}  // namespace imagine::data
