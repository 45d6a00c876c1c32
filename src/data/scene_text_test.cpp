#include "data/scene_text.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <locale>
#include <set>

#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::HasSubstr;
using testing::Not;

Scene scene_of(const Body& body) {
  Scene scene;
  scene.ground = "sand";
  scene.light = {5, 20, -10};
  scene.camera = {{0, 2.5, -6}, {0.25, 1, 0}, 42};
  scene.bodies = {body};
  return scene;
}

const Body kBall{"sphere", "red", "matte", 0.5, 1.25, -0.75, 30};

std::string text_with(const std::string& shape, const std::string& colour,
                      const std::string& material) {
  return povray_text(scene_of({shape, colour, material}));
}

TEST(SceneText, IsForPovraysVersionAndCloses) {
  const auto text = povray_text(scene_of(kBall));
  EXPECT_TRUE(text.starts_with("#version 3.7;\n"));
  EXPECT_EQ(std::ranges::count(text, '{'), std::ranges::count(text, '}'));
}

TEST(SceneText, TheCameraLooksWhereTheSceneSays) {
  EXPECT_THAT(povray_text(scene_of(kBall)),
              HasSubstr("location<0.0000,2.5000,-6.0000> look_at<0.2500,1.0000,0.0000> "
                        "angle 42.0000}"));
}

TEST(SceneText, BodiesStandOnTheGroundInTheirPlace) {
  auto scene = scene_of(kBall);
  const auto one = povray_text(scene);
  EXPECT_THAT(one, HasSubstr("\nsphere{<0,0.5000,0>,0.5000 texture{pigment{rgb<.70,.04,.04>}"));
  EXPECT_THAT(one, HasSubstr(" rotate y*30.0000 translate<1.2500,0.0000,-0.7500>}\n"));
  scene.bodies.push_back({"torus", "blue", "metal", 1});
  const auto two = povray_text(scene);
  EXPECT_TRUE(two.starts_with(one));
  EXPECT_THAT(two.substr(one.size()), testing::StartsWith("torus{0.7500,0.2800 translate"));
}

TEST(SceneText, EveryShapeMaterialAndColourLooksDifferent) {
  std::set<std::string> texts;
  for (const auto& shape : shapes()) {
    for (const auto* material : {"matte", "glossy", "metal"}) {
      for (const auto& colour : colours()) {
        texts.insert(
            text_with(std::string(shape.singular.english), std::string(colour.english), material));
      }
    }
    texts.insert(text_with(std::string(shape.singular.english), "", "wood"));
  }
  EXPECT_EQ(texts.size(), 5u * (3 * 12 + 1));
}

TEST(SceneText, WoodNeedsNoColourAndTheRestDoes) {
  EXPECT_EQ(text_with("cube", "", "wood"), text_with("cube", "red", "wood"));
  EXPECT_THROW(text_with("cube", "", "matte"), InputError);
  EXPECT_THROW(text_with("cube", "rosso", "metal"), InputError);
}

TEST(SceneText, EveryGroundHasItsTexture) {
  std::set<std::string> texts;
  auto scene = scene_of(kBall);
  for (const auto& ground : grounds()) {
    scene.ground = ground.name;
    texts.insert(povray_text(scene));
  }
  EXPECT_EQ(texts.size(), 8u);
}

TEST(SceneText, PlanksMoveOnlyAlongThemselves) {
  auto scene = scene_of(kBall);
  scene.ground_shift = 3;
  EXPECT_THAT(povray_text(scene), HasSubstr(" scale .8 translate<3.0000,0.0000,2.1000>}}"));
  scene.ground = "wood";
  EXPECT_THAT(povray_text(scene), HasSubstr(" scale .8 translate<3.0000,0.0000,0.0000>}}"));
}

TEST(SceneText, BackdropsHaveTheirOwnLightAndSunsets) {
  auto scene = scene_of(kBall);
  EXPECT_THAT(povray_text(scene), HasSubstr("area_light"));
  scene.kind = SceneKind::backdrop;
  const auto day = povray_text(scene);
  EXPECT_THAT(day, Not(HasSubstr("area_light")));
  EXPECT_THAT(day, HasSubstr("light_source{<5.0000,20.0000,-10.0000> rgb<1.35,1.28,1.15>}"));
  EXPECT_THAT(day, HasSubstr("light_source{<-5.0000,50.0000,-40.0000> rgb .3 shadowless}"));
  scene.sunset = true;
  EXPECT_THAT(povray_text(scene), HasSubstr("> rgb<1.3,.85,.5>}"));
  EXPECT_THAT(povray_text(scene), HasSubstr("fog_alt .4 rgb<.85,.45,.22>}"));
}

struct CommaForPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

TEST(SceneText, IsTheSameInEveryLocale) {
  const auto plain = povray_text(scene_of(kBall));
  const auto before = std::locale::global(std::locale(std::locale(), new CommaForPoint));
  const auto foreign = povray_text(scene_of(kBall));
  std::locale::global(before);
  EXPECT_EQ(foreign, plain);
}

}  // namespace
}  // namespace imagine::data
