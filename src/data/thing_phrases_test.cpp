#include "data/thing_phrases.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(ThingPhrases, NameBodiesByColourMaterialAndShape) {
  const Json facts = {{"bodies",
                       {{{"shape", "sphere"}, {"colour", "orange"}, {"material", "glossy"}},
                        {{"shape", "cube"}, {"colour", ""}, {"material", "wood"}}}}};
  const auto phrases = phrases_of(facts);
  ASSERT_EQ(phrases.size(), 2u);
  EXPECT_THAT(phrases[0], ElementsAre("orange sphere", "an orange sphere", "the orange sphere",
                                      "an orange shiny sphere", "una sfera arancione"));
  EXPECT_THAT(phrases[1], ElementsAre("wooden cube", "a wooden cube", "un cubo di legno"));
}

TEST(ThingPhrases, NameObjectsByTheirNouns) {
  const auto phrases = phrases_of({{"objects", {{{"noun", "apple"}}, {{"noun", "key"}}}}});
  ASSERT_EQ(phrases.size(), 2u);
  EXPECT_THAT(phrases[0], Contains("an apple"));
  EXPECT_THAT(phrases[1], Contains("key"));
}

TEST(ThingPhrases, RefuseFactsThatNameNothing) {
  EXPECT_THROW(phrases_of(Json::object()), FormatError);
  EXPECT_THROW(phrases_of({{"bodies", {{{"shape", "cube"}}}}}), FormatError);
}

}  // namespace
}  // namespace imagine::data
