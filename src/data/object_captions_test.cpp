#include "data/object_captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace imagine::data {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class ObjectWords : public testing::Test {
 protected:
  ObjectWords() { show({&apple_}); }

  void show(const std::vector<const Cutout*>& cutouts) {
    scene_.composition.things.clear();
    for (const auto* cutout : cutouts) scene_.composition.things.push_back({.cutout = cutout});
  }

  /// Every text that some draw gives.
  std::set<std::string> exact(Language language) const {
    std::set<std::string> texts;
    Random random(1);
    for (int i = 0; i < 300; ++i) texts.insert(exact_caption(scene_, language, random));
    return texts;
  }
  std::set<std::string> all(bool italian) const {
    std::set<std::string> texts;
    Random random(2);
    for (int i = 0; i < 300; ++i) {
      for (const auto& caption : object_captions(scene_, italian, random)) {
        texts.insert(caption.text);
      }
    }
    return texts;
  }

  Cutout apple_{.style = Style::photo,
                .english = {"red apple", "a red apple"},
                .italian = {"mela rossa", "una mela rossa"},
                .identity = "red apple"};
  Cutout moon_{.style = Style::photo,
               .english = {"moon", "the moon"},
               .italian = {"luna", "la luna"},
               .identity = "moon"};
  Cutout jeans_{.style = Style::photo,
                .english = {"jeans", "jeans"},
                .italian = {"jeans", "jeans"},
                .identity = "jeans"};
  ObjectScene scene_{.composition = {}, .relation = {}, .colour = &colour_named("orange")};
};

TEST_F(ObjectWords, EveryStyleHasTwoNamesInEachLanguage) {
  const std::map<Style, std::array<const char*, 4>> expected = {
      {Style::photo, {"a photo of", "a photograph of", "una foto di", "una fotografia di"}},
      {Style::render,
       {"a 3D render of", "a 3D model of", "un rendering 3D di", "un modello 3D di"}},
      {Style::flat,
       {"a flat icon of", "a flat illustration of", "un'icona piatta di",
        "un'illustrazione piatta di"}},
      {Style::emoji, {"an emoji of", "an emoji icon of", "un'emoji di", "un'icona emoji di"}},
      {Style::drawing, {"a drawing of", "a cartoon of", "un disegno di", "un fumetto di"}}};
  for (const auto& [style, words] : expected) {
    apple_.style = style;
    const std::string english = " a red apple on an orange background";
    const std::string italian = " una mela rossa su sfondo arancione";
    EXPECT_THAT(exact(Language::english),
                UnorderedElementsAre(words[0] + english, words[1] + english));
    EXPECT_THAT(exact(Language::italian),
                UnorderedElementsAre(words[2] + italian, words[3] + italian));
  }
}

TEST_F(ObjectWords, RelationsAreToldFromBothSides) {
  show({&apple_, &moon_});
  scene_.relation = Relation::left;
  const auto english = exact(Language::english), italian = exact(Language::italian);
  EXPECT_THAT(english, Contains("a photo of a red apple to the left of the moon on an orange "
                                "background"));
  EXPECT_THAT(english, Contains("a photo of the moon to the right of a red apple on an orange "
                                "background"));
  EXPECT_THAT(italian, Contains("una foto di una mela rossa a sinistra della luna su sfondo "
                                "arancione"));
  EXPECT_THAT(italian, Contains("una foto della luna a destra di una mela rossa su sfondo "
                                "arancione"));
  EXPECT_EQ(english.size(), 4u);
}

TEST_F(ObjectWords, PartsAreLeftOutInTurn) {
  show({&apple_, &moon_, &jeans_});
  EXPECT_THAT(all(false),
              UnorderedElementsAre(
                  "a photo of a red apple, the moon and jeans on an orange background",
                  "a photograph of a red apple, the moon and jeans on an orange background",
                  "a photo of a red apple, the moon and jeans",
                  "a photograph of a red apple, the moon and jeans",
                  "a red apple, the moon and jeans on an orange background",
                  "a red apple, the moon and jeans", "photo: red apple, moon and jeans"));
  EXPECT_THAT(all(true), Contains("foto: mela rossa, luna e jeans"));
  EXPECT_THAT(all(true), Contains("una mela rossa, la luna e jeans su sfondo arancione"));
}

TEST_F(ObjectWords, ARepeatedThingIsCounted) {
  const Cutout orange{.style = Style::photo,
                      .english = {"orange", "an orange"},
                      .italian = {"arancia", "un'arancia"},
                      .identity = "orange"};
  show({&orange, &orange, &orange});
  EXPECT_TRUE(is_repeated(scene_));
  EXPECT_THAT(exact(Language::english),
              Contains("a photo of three oranges on an orange background"));
  EXPECT_THAT(exact(Language::italian), Contains("una foto di tre arance su sfondo arancione"));
  EXPECT_THAT(all(false), Contains("photo: three oranges"));
  EXPECT_EQ(plain_caption(scene_), "a photo of three oranges");
}

TEST_F(ObjectWords, AGroundIsNamedInsteadOfAColour) {
  const GroundPicture wood{"wood", {}};
  scene_.composition.ground = &wood;
  EXPECT_THAT(exact(Language::english), Contains("a photo of a red apple on a wooden table"));
  EXPECT_THAT(exact(Language::english), Contains("a photo of a red apple on a wooden floor"));
  EXPECT_THAT(exact(Language::italian),
              Contains("una foto di una mela rossa su un tavolo di legno"));
}

TEST_F(ObjectWords, ThreeTenthsAreItalianWhereItMayBe) {
  Random random(3);
  int italian = 0, captions = 0;
  for (int i = 0; i < 1000; ++i) {
    for (const auto& caption : object_captions(scene_, true, random)) {
      ++captions;
      italian += caption.language == "it";
      EXPECT_EQ(caption.text.find("mela") != std::string::npos, caption.language == "it");
    }
    for (const auto& caption : object_captions(scene_, false, random)) {
      EXPECT_EQ(caption.language, "en");
    }
  }
  EXPECT_EQ(captions, 4000);
  EXPECT_NEAR(double(italian) / captions, 0.3, 0.03);
}

TEST_F(ObjectWords, NoTextComesTwice) {
  const Cutout label{.style = Style::photo, .english = {"soap", "soap"}};
  show({&label});
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    std::set<std::string> texts;
    const auto captions = object_captions(scene_, false, random);
    for (const auto& caption : captions) texts.insert(caption.text);
    EXPECT_EQ(texts.size(), captions.size());
    EXPECT_THAT(texts, Each(HasSubstr("soap")));
  }
}

TEST_F(ObjectWords, FactsTellWhatIsWhere) {
  show({&moon_, &apple_});
  scene_.composition.things[0].x = 0.12349;
  scene_.composition.things[1].y = 2.0 / 3;
  scene_.composition.things[1].side = 0.25;
  const Json objects = {{{"noun", "moon"}, {"x", 0.123}, {"y", 0.5}, {"side", 0.5}},
                        {{"noun", "red apple"}, {"x", 0.5}, {"y", 0.667}, {"side", 0.25}}};
  EXPECT_EQ(object_facts(scene_), (Json{{"style", "photo"},
                                        {"prompt", "a photo of the moon and a red apple"},
                                        {"objects", objects},
                                        {"background", "orange"}}));
  const GroundPicture snow{"snow", {}};
  scene_.composition.ground = &snow;
  scene_.relation = Relation::in_front;
  const auto facts = object_facts(scene_);
  EXPECT_EQ(facts["relation"], "front");
  EXPECT_EQ(facts["ground"], "snow");
  EXPECT_FALSE(facts.contains("background"));
}

}  // namespace
}  // namespace imagine::data
