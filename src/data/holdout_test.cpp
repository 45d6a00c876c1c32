#include "data/holdout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::Pair;

// The fixed values come from Python's zlib.crc32: whoever changes them changes what is held out.
TEST(Holdout, HashIsCrc32OfSaltAndNames) {
  EXPECT_EQ(holdout_hash({}), 130488094u);
  EXPECT_EQ(holdout_hash({"cube", "yellow"}), 3216364506u);
}

TEST(Holdout, NinePairsOfColourAndShape) {
  EXPECT_THAT(held_out_pairs(),
              testing::UnorderedElementsAre(
                  Pair("yellow", "cube"), Pair("purple", "cylinder"), Pair("cyan", "cylinder"),
                  Pair("orange", "cube"), Pair("brown", "cone"), Pair("gray", "torus"),
                  Pair("white", "sphere"), Pair("black", "cone"), Pair("pink", "sphere")));
  EXPECT_FALSE(held_out_pair("", "cube"));
}

TEST(Holdout, ReadmeExamplesAreSeen) {
  for (const auto& [colour, shape] : {std::pair{"red", "sphere"},
                                      {"blue", "cube"},
                                      {"green", "cone"},
                                      {"yellow", "cylinder"},
                                      {"blue", "sphere"},
                                      {"purple", "sphere"},
                                      {"white", "cube"}}) {
    EXPECT_FALSE(held_out_pair(colour, shape)) << colour << " " << shape;
  }
}

TEST(Holdout, RelationsAndCount) {
  EXPECT_TRUE(held_out_relation("purple", Relation::left));
  EXPECT_TRUE(held_out_relation("orange", Relation::behind));
  EXPECT_FALSE(held_out_relation("purple", Relation::right));
  EXPECT_FALSE(held_out_relation("red", Relation::behind));
  EXPECT_EQ(held_out_relations().size(), 2u);
  EXPECT_TRUE(held_out_count(5));
  EXPECT_FALSE(held_out_count(4));
}

TEST(Holdout, NounsTogetherWhateverTheOrder) {
  EXPECT_TRUE(held_out_nouns("bus", "pear"));
  EXPECT_TRUE(held_out_nouns("pear", "bus"));
  EXPECT_TRUE(held_out_composition("bus", Relation::above, "pear"));
  EXPECT_FALSE(held_out_nouns("cat", "dog"));
}

TEST(Holdout, LeftOnlyOneWayRound) {
  EXPECT_TRUE(held_out_composition("rose", Relation::left, "cat") !=
              held_out_composition("cat", Relation::left, "rose"));
  EXPECT_TRUE(held_out_composition("cat", Relation::left, "rose"));
  EXPECT_TRUE(held_out_composition("rose", Relation::right, "cat"));
  EXPECT_FALSE(held_out_composition("cat", Relation::above, "rose"));
  EXPECT_TRUE(held_out_composition("lion", Relation::left, "banana"));
  EXPECT_FALSE(held_out_composition("banana", Relation::left, "lion"));
}

TEST(Holdout, OneStyleOfFewNouns) {
  const std::vector<std::string_view> styles = {"3d", "flat", "photo"};
  EXPECT_EQ(held_out_style("duck", styles), "flat");
  EXPECT_EQ(held_out_style("apple", styles), std::nullopt);
  EXPECT_THROW(held_out_style("duck", std::span(styles).first(1)), InputError);
}

TEST(Holdout, SharesAreAsStated) {
  int together = 0, left = 0, style = 0, italian = 0;
  const std::vector<std::string_view> styles = {"3d", "flat", "photo"};
  constexpr int many = 4000;
  for (int i = 0; i < many; ++i) {
    const auto a = "noun" + std::to_string(i), b = "other" + std::to_string(i * 7);
    together += held_out_nouns(a, b);
    left += !held_out_nouns(a, b) && (held_out_composition(a, Relation::left, b) ||
                                      held_out_composition(b, Relation::left, a));
    style += held_out_style(a, styles).has_value();
    italian += held_out_italian(a);
  }
  EXPECT_NEAR(together, 0.10 * many, 0.02 * many);
  EXPECT_NEAR(left, 0.09 * many, 0.02 * many);
  EXPECT_NEAR(style, 0.05 * many, 0.02 * many);
  EXPECT_NEAR(italian, 0.10 * many, 0.02 * many);
  EXPECT_TRUE(held_out_italian("pear"));
  EXPECT_EQ(held_out_rules()["scene_colour_shape"].size(), 9u);
}

}  // namespace
}  // namespace imagine::data
