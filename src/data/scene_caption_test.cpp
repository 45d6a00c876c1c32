#include "data/scene_caption.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::Contains;

/// Every caption that some draw gives.
std::set<std::string> all_captions(const Scene& scene) {
  std::set<std::string> texts;
  Random random(1, "captions");
  for (int i = 0; i < 400; ++i) {
    for (const auto& caption : captions_of(scene, random)) texts.insert(caption.text);
  }
  return texts;
}

Scene scene_of(std::vector<Body> bodies, const std::string& ground) {
  Scene scene;
  scene.ground = ground;
  scene.bodies = std::move(bodies);
  return scene;
}

TEST(SceneCaption, Single) {
  const auto texts = all_captions(scene_of({{"sphere", "purple", "metal"}}, "grass"));
  EXPECT_THAT(texts, Contains("a purple sphere"));
  EXPECT_THAT(texts, Contains("a purple metal sphere on grass"));
  EXPECT_THAT(texts, Contains("a purple ball on grass"));
  EXPECT_THAT(texts, Contains("una sfera viola sull'erba"));
  EXPECT_THAT(texts, Contains("una palla viola di metallo"));
  EXPECT_THAT(texts, Contains("una scena 3D con una sfera viola di metallo sull'erba"));
}

TEST(SceneCaption, EnglishQualitiesAndItalianAgreement) {
  const auto torus = all_captions(scene_of({{"torus", "orange", "glossy"}}, "snow"));
  EXPECT_THAT(torus, Contains("an orange shiny torus on snow"));
  EXPECT_THAT(torus, Contains("a shiny orange torus"));
  EXPECT_THAT(torus, Contains("una ciambella arancione lucida sulla neve"));
  EXPECT_THAT(torus, Contains("un anello arancione lucido"));
  const auto wood = all_captions(scene_of({{"cylinder", "", "wood"}}, "stone"));
  EXPECT_THAT(wood, Contains("a wooden cylinder on a stone floor"));
  EXPECT_THAT(wood, Contains("un cilindro di legno su un pavimento di pietra"));
}

TEST(SceneCaption, TwoInARelationBothWays) {
  auto scene = scene_of({{"sphere", "red", "metal"}, {"cube", "blue", "matte"}}, "sand");
  scene.kind = SceneKind::two;
  scene.relation = Relation::behind;
  const auto texts = all_captions(scene);
  EXPECT_THAT(texts, Contains("a red sphere behind a blue cube"));
  EXPECT_THAT(texts, Contains("a blue cube in front of a red sphere"));
  EXPECT_THAT(texts, Contains("a red sphere and a blue cube"));
  EXPECT_THAT(texts, Contains("una sfera rossa di metallo dietro un cubo blu opaco sulla sabbia"));
  EXPECT_THAT(texts, Contains("un cubo blu davanti a una sfera rossa"));
  scene.relation = Relation::left;
  EXPECT_THAT(all_captions(scene), Contains("a red sphere to the left of a blue cube"));
  EXPECT_THAT(all_captions(scene), Contains("un cubo blu a destra di una sfera rossa"));
}

TEST(SceneCaption, ColoursAreLeftOutNowAndThenWhereShapesTellApart) {
  auto scene = scene_of({{"sphere", "red", "matte"}, {"cube", "blue", "matte"}}, "sand");
  const auto texts = all_captions(scene);
  EXPECT_THAT(texts, Contains("a sphere and a cube"));
  EXPECT_THAT(texts, Contains("un cubo e una sfera"));
  const auto lacks_colour = [](const std::string& text) {
    return text.find("red") == text.npos && text.find("ross") == text.npos;
  };
  const auto lacking = std::ranges::count_if(texts, lacks_colour);
  EXPECT_LT(double(lacking), 0.4 * double(texts.size()));
  scene.bodies[1].shape = "sphere";
  EXPECT_EQ(std::ranges::count_if(all_captions(scene), lacks_colour), 0);
}

TEST(SceneCaption, CountsInPlural) {
  const Body cube = {"cube", "white", "glossy"}, sphere = {"sphere", "red", "matte"};
  const auto cubes = all_captions(scene_of({cube, cube}, "wood"));
  EXPECT_THAT(cubes, Contains("two white cubes on a wooden floor"));
  EXPECT_THAT(cubes, Contains("two shiny white cubes on a wooden table"));
  EXPECT_THAT(cubes, Contains("due cubi bianchi su un pavimento di legno"));
  EXPECT_THAT(cubes, Contains("due cubi bianchi lucidi su un tavolo di legno"));
  const auto spheres = all_captions(scene_of({5, sphere}, "brick"));
  EXPECT_THAT(spheres, Contains("five red spheres"));
  EXPECT_THAT(spheres, Contains("cinque sfere rosse opache su un pavimento di mattoni"));
}

TEST(SceneCaption, ListsCountEqualBodiesAndNameSizes) {
  const Body cone = {"cone", "green", "matte", 0.5}, torus = {"torus", "gray", "metal", 0.8};
  auto scene = scene_of({cone, torus, cone}, "checkered");
  scene.kind = SceneKind::mixed;
  const auto texts = all_captions(scene);
  EXPECT_THAT(texts, Contains("two green cones and a gray torus"));
  EXPECT_THAT(texts, Contains("a gray metal torus and two matte green cones on a checkered floor"));
  EXPECT_THAT(texts, Contains("due piccoli coni verdi opachi e una grande ciambella grigia di "
                              "metallo su un pavimento a scacchi"));
  EXPECT_THAT(texts, Contains("two small matte green cones and a large gray metal donut on a "
                              "checkered floor"));
}

TEST(SceneCaption, FourToSixDifferentOnesSevenTenthsEnglish) {
  Random random(2, "captions");
  int english = 0, all = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto scene = random_scene(random);
    const auto captions = captions_of(scene, random);
    std::set<std::string> texts;
    int italian = 0;
    for (const auto& caption : captions) {
      texts.insert(caption.text);
      italian += caption.language == "it";
    }
    EXPECT_EQ(texts.size(), captions.size());
    EXPECT_GE(captions.size(), 4u);
    EXPECT_LE(captions.size(), 6u);
    EXPECT_GE(italian, 1);
    english += int(captions.size()) - italian;
    all += int(captions.size());
  }
  EXPECT_NEAR(double(english) / all, 0.7, 0.03);
}

TEST(SceneCaption, RefusesABackdrop) {
  Random random(1);
  EXPECT_THROW(captions_of(random_backdrop(random), random), InputError);
}

}  // namespace
}  // namespace imagine::data
