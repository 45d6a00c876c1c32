#include "data/scene.h"

#include <cmath>
#include <gmock/gmock.h>
#include <map>

#include "data/holdout.h"
#include "data/scene_caption.h"
#include "data/scene_text.h"
#include "data/scene_view.h"

namespace imagine::data {
namespace {

const std::vector<Scene>& many_scenes() {
  static const auto scenes = [] {
    std::vector<Scene> all;
    Random random(1, "scene_test");
    for (int i = 0; i < 2000; ++i) all.push_back(random_scene(random));
    return all;
  }();
  return scenes;
}

bool in_relation(const Body& a, Relation relation, const Body& b) {
  switch (relation) {
    case Relation::left:
      return b.x - a.x > 0.5;
    case Relation::right:
      return a.x - b.x > 0.5;
    case Relation::behind:
      return a.z - b.z > 0.9;
    default:
      return b.z - a.z > 0.9;
  }
}

TEST(Scene, SameSeedSameScene) {
  Random a(7, "scene"), b(7, "scene"), c(8, "scene");
  const auto text = povray_text(random_scene(a));
  EXPECT_EQ(text, povray_text(random_scene(b)));
  EXPECT_NE(text, povray_text(random_scene(c)));
}

TEST(Scene, TrainingHoldsNothingOut) {
  for (const auto& scene : many_scenes()) {
    EXPECT_FALSE(scene.held_out);
    EXPECT_THAT(scene.bodies.size(), testing::AnyOf(testing::Le(4u), 6u));
    for (const auto& body : scene.bodies) EXPECT_FALSE(held_out_pair(body.colour, body.shape));
    if (!scene.relation) continue;
    EXPECT_FALSE(held_out_relation(scene.bodies[0].colour, *scene.relation));
    EXPECT_FALSE(held_out_relation(scene.bodies[1].colour, opposite(*scene.relation)));
  }
}

TEST(Scene, HeldOutScenesBreakEveryRule) {
  Random random(3, "held out");
  int pairs = 0, relations = 0, fives = 0;
  for (int i = 0; i < 60; ++i) {
    const auto scene = held_out_scene(random);
    EXPECT_TRUE(scene.held_out);
    fives += scene.bodies.size() == 5;
    for (const auto& body : scene.bodies) pairs += held_out_pair(body.colour, body.shape);
    if (!scene.relation) continue;
    relations += held_out_relation(scene.bodies[0].colour, *scene.relation) ||
                 held_out_relation(scene.bodies[1].colour, opposite(*scene.relation));
  }
  EXPECT_GT(pairs, 5);
  EXPECT_GT(relations, 5);
  EXPECT_GT(fives, 5);
}

TEST(Scene, WhatJudgesSeesHeldOutScenesBesideTheOthers) {
  Random random(4, "any");
  int held_out = 0, fives = 0;
  for (int i = 0; i < 200; ++i) {
    const auto scene = any_scene(random);
    held_out += scene.held_out;
    fives += scene.bodies.size() == 5;
  }
  EXPECT_GT(held_out, 40);
  EXPECT_LT(held_out, 160);
  EXPECT_GT(fives, 5);
}

TEST(Scene, KindsAreMixedAsStated) {
  std::map<SceneKind, int> kinds;
  for (const auto& scene : many_scenes()) ++kinds[scene.kind];
  EXPECT_NEAR(kinds[SceneKind::single], 600, 80);
  EXPECT_NEAR(kinds[SceneKind::two], 600, 80);
  EXPECT_NEAR(kinds[SceneKind::count], 500, 80);
  EXPECT_NEAR(kinds[SceneKind::mixed], 300, 80);
}

TEST(Scene, BodiesDoNotTouch) {
  for (const auto& scene : many_scenes()) {
    for (std::size_t i = 0; i < scene.bodies.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        const auto &a = scene.bodies[i], &b = scene.bodies[k];
        EXPECT_GT(std::hypot(a.x - b.x, a.z - b.z), radius_of(a) + radius_of(b));
      }
    }
  }
}

TEST(Scene, RelationsAgreeWithGeometryAndPicture) {
  for (const auto& scene : many_scenes()) {
    EXPECT_EQ(scene.relation.has_value(), scene.kind == SceneKind::two);
    if (!scene.relation) continue;
    EXPECT_TRUE(in_relation(scene.bodies[0], *scene.relation, scene.bodies[1]));
    const auto views = views_of(scene);
    const auto &a = views[0].box, &b = views[1].box;
    const double right = a.left + a.right - b.left - b.right, nearer = a.bottom - b.bottom;
    const std::map<Relation, double> agrees = {{Relation::left, -right},
                                               {Relation::right, right},
                                               {Relation::behind, -nearer},
                                               {Relation::in_front, nearer}};
    EXPECT_GT(agrees.at(*scene.relation), 0);
  }
}

TEST(Scene, EveryBodyIsWholeInThePictureAndMostlyVisible) {
  for (const auto& scene : many_scenes()) {
    for (const auto& view : views_of(scene)) {
      EXPECT_GT(view.box.left, 0);
      EXPECT_GT(view.box.top, 0);
      EXPECT_LT(view.box.right, 1);
      EXPECT_LT(view.box.bottom, 1);
      EXPECT_GE(view.visible, 0.5);
    }
  }
}

TEST(SceneView, ABodyInFrontHidesTheOneBehind) {
  Scene scene;
  scene.camera = {{0, 1, -6}, {0, 1, 0}, 60};
  Body near = {"sphere", "red", "matte", 0.8, 0, -2, 0}, far = near;
  far.z = 2;
  scene.bodies = {far, near};
  const auto views = views_of(scene);
  EXPECT_LT(views[0].visible, 0.2);
  EXPECT_EQ(views[1].visible, 1);
  EXPECT_NEAR((views[1].box.left + views[1].box.right) / 2, 0.5, 1e-6);
}

TEST(SceneFacts, NameBodiesAndRelation) {
  Random random(5, "facts");
  Scene scene = random_scene(random);
  while (scene.kind != SceneKind::two) scene = random_scene(random);
  const auto facts = facts_of(scene);
  EXPECT_EQ(facts["kind"], "two");
  EXPECT_EQ(facts["ground"], scene.ground);
  EXPECT_EQ(facts["relation"], std::string(name_of(*scene.relation)));
  EXPECT_EQ(facts["bodies"][1]["shape"], scene.bodies[1].shape);
}

}  // namespace
}  // namespace imagine::data
