#include "data/objects.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "data/holdout.h"
#include "imagine/error.h"

namespace imagine::data {
namespace {

constexpr int kNouns = 40;

/// Nouns in two styles, of colours and shapes that differ.
ObjectSources many_sources() {
  ObjectSources sources;
  for (int i = 0; i < kNouns; ++i) {
    for (const Style style : {Style::photo, Style::render}) {
      const int width = 12 + i % 7 * 6, height = 48 - i % 5 * 7;
      io::RgbaImage picture{width, height, {}};
      for (int p = 0; p < width * height; ++p) {
        picture.rgba.insert(picture.rgba.end(), {std::uint8_t(i * 6), std::uint8_t(255 - i * 5),
                                                 std::uint8_t(i * 37 % 256), 255});
      }
      const std::string noun = "thing" + std::to_string(i);
      sources.cutouts.push_back(
          {.picture = picture,
           .style = style,
           .english = {noun, "a " + noun},
           .italian = {"cosa" + std::to_string(i), "una cosa" + std::to_string(i)},
           .category = "test",
           .identity = noun,
           .may_flip = true,
           .composable = true,
           .svg = {}});
    }
  }
  return sources;
}

class Objects : public testing::Test {
 protected:
  static constexpr int kSize = 16;  // pictures so small that thousands take no time

  Sample sample(int number, bool held_out) const {
    const auto key = "row-" + std::to_string(number);
    return maker_.make(key, held_out, Random(3, key));
  }

  /// Why the facts may not be in training; empty if they may.
  std::string reason(const Json& facts) const {
    const auto& objects = facts["objects"];
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const std::string a = objects[i]["noun"];
      const auto style = styles_.find(a);
      if (style != styles_.end() && facts["style"] == style->second) return "style of " + a;
      for (std::size_t j = i + 1; j < objects.size(); ++j) {
        const std::string b = objects[j]["noun"];
        if (held_out_nouns(a, b)) return a + " with " + b;
        const double dx = double(objects[j]["x"]) - double(objects[i]["x"]);
        if (dx > 0.2 && held_out_composition(a, Relation::left, b)) return a + " left of " + b;
        if (dx < -0.2 && held_out_composition(b, Relation::left, a)) return b + " left of " + a;
      }
    }
    return {};
  }

  ObjectSources sources_ = many_sources();
  ObjectMaker maker_{sources_, {.flat = 0, .emoji = 0, .drawing = 0}, {.size = kSize}};
  std::map<std::string, std::string> styles_ = held_out_styles(sources_.cutouts);
};

TEST_F(Objects, TrainingNeverShowsWhatIsHeldOut) {
  ASSERT_FALSE(styles_.empty());
  int several = 0;
  for (int i = 0; i < 2000; ++i) {
    const Sample row = sample(i, false);
    ASSERT_EQ(reason(row.facts), "") << row.facts;
    several += row.facts["objects"].size() > 1;
    for (const Caption& caption : row.captions) {
      if (caption.language != "it") continue;
      for (const Json& object : row.facts["objects"]) {
        ASSERT_FALSE(held_out_italian(std::string(object["noun"]))) << caption.text;
      }
    }
  }
  EXPECT_GT(several, 250);
}

TEST_F(Objects, HeldOutRowsShowIt) {
  for (int i = 0; i < 100; ++i) {
    const Sample row = sample(i, true);
    EXPECT_TRUE(row.held_out);
    EXPECT_NE(reason(row.facts), "") << row.facts;
  }
}

TEST_F(Objects, RelationsAreTrue) {
  std::map<std::string, int> seen;
  for (int i = 0; i < 600; ++i) {
    const Json facts = sample(i, false).facts;
    if (!facts.contains("relation")) continue;
    const auto& a = facts["objects"][0];
    const auto& b = facts["objects"][1];
    const std::string relation = facts["relation"];
    ++seen[relation];
    const char* axis = relation == "left" || relation == "right" ? "x" : "y";
    const bool leads = relation == "left" || relation == "above";
    EXPECT_LT((leads ? a : b)[axis], (leads ? b : a)[axis]) << facts;
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST_F(Objects, OneThingIsRepeatedUpToSixTimesAndCounted) {
  std::map<std::size_t, int> seen;
  for (int i = 0; i < 1500; ++i) {
    const Sample row = sample(i, false);
    const auto& objects = row.facts["objects"];
    if (objects.size() < 2 || objects[0]["noun"] != objects[1]["noun"]) continue;
    ++seen[objects.size()];
    EXPECT_FALSE(row.facts.contains("relation"));
    for (const Caption& caption : row.captions) {
      const auto language = caption.language == "it" ? Language::italian : Language::english;
      const auto number = number_word(language, int(objects.size()));
      EXPECT_NE(caption.text.find(number), std::string::npos) << caption.text;
    }
    for (std::size_t a = 0; a < objects.size(); ++a) {
      for (std::size_t b = a + 1; b < objects.size(); ++b) {
        const double dx = double(objects[a]["x"]) - double(objects[b]["x"]);
        const double dy = double(objects[a]["y"]) - double(objects[b]["y"]);
        EXPECT_GT(std::hypot(dx, dy), 0.15) << row.facts;  // none hides another
      }
    }
  }
  for (std::size_t count = 2; count <= 6; ++count) EXPECT_GT(seen[count], 10) << count;
  EXPECT_EQ(seen.size(), 5u);
}

TEST_F(Objects, CaptionsDifferAndNameEverything) {
  int italian = 0, all = 0;
  for (int i = 0; i < 400; ++i) {
    const Sample row = sample(i, false);
    std::set<std::string> texts;
    for (const Caption& caption : row.captions) {
      texts.insert(caption.text);
      ++all;
      italian += caption.language == "it";
      for (const Json& object : row.facts["objects"]) {
        const auto number = std::string(object["noun"]).substr(5);
        EXPECT_NE(caption.text.find((caption.language == "it" ? "cosa" : "thing") + number),
                  std::string::npos);
      }
    }
    EXPECT_EQ(texts.size(), row.captions.size());
    EXPECT_GE(texts.size(), 3u);
  }
  EXPECT_NEAR(double(italian) / all, 0.25, 0.08);  // 30 %, less the nouns held out
}

TEST_F(Objects, SameStreamSamePicture) {
  EXPECT_EQ(sample(5, false).image.rgb, sample(5, false).image.rgb);
  EXPECT_NE(sample(5, false).image.rgb, sample(6, false).image.rgb);
}

TEST_F(Objects, SmallSourcesAreNotEnlargedFarAtLargeSizes) {
  EXPECT_THROW(ObjectMaker(sources_, {}, {.size = 1024}), InputError);
}

TEST(ObjectCaptions, TheFormsThatPeopleAskFor) {
  Cutout apple{.style = Style::photo,
               .english = {"red apple", "a red apple"},
               .italian = {"mela rossa", "una mela rossa"}};
  const GroundPicture grass{"grass", {}};
  ObjectScene scene;
  scene.composition.things = {{.cutout = &apple}};
  scene.composition.ground = &grass;
  const auto can_be = [&](Language language, const std::string& text) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      Random random(seed);
      if (exact_caption(scene, language, random) == text) return true;
    }
    return false;
  };
  EXPECT_TRUE(can_be(Language::english, "a photo of a red apple on grass"));
  EXPECT_TRUE(can_be(Language::italian, "una foto di una mela rossa sull'erba"));
  apple.style = Style::flat;
  scene.composition.ground = nullptr;
  scene.colour = &colour_named("blue");
  EXPECT_TRUE(can_be(Language::english, "a flat icon of a red apple on a blue background"));
  EXPECT_TRUE(can_be(Language::italian, "un'icona piatta di una mela rossa su sfondo blu"));
}

}  // namespace
}  // namespace imagine::data
