#include "data/scene_view.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>

namespace imagine::data {
namespace {

constexpr const char* kShapes[] = {"sphere", "cube", "cylinder", "cone", "torus"};

Body body_of(const std::string& shape, double x, double z, double size = 0.5) {
  return {shape, "red", "matte", size, x, z, 20};
}

Scene scene_of(std::vector<Body> bodies) {
  Scene scene;
  scene.camera = {{0, 2, -6}, {0, 0.5, 0}, 60};
  scene.bodies = std::move(bodies);
  return scene;
}

double width(const BoundingBox& box) { return box.right - box.left; }
double height(const BoundingBox& box) { return box.bottom - box.top; }

TEST(SceneView, BodiesHaveTheSizesThatPovrayDraws) {
  const std::map<std::string, std::pair<double, double>> radius_and_height = {
      {"sphere", {2, 4}},
      {"cube", {2.2627417, 3.2}},
      {"cylinder", {1.6, 3.4}},
      {"cone", {1.8, 3.6}},
      {"torus", {2.06, 1.12}}};
  for (const auto& [shape, expected] : radius_and_height) {
    EXPECT_NEAR(radius_of(body_of(shape, 7, 8, 2)), expected.first, 1e-6) << shape;
    EXPECT_NEAR(height_of(body_of(shape, 7, 8, 2)), expected.second, 1e-6) << shape;
  }
}

TEST(SceneView, ABodyAloneIsWhollyVisible) {
  for (const auto* shape : kShapes) {
    const auto views = views_of(scene_of({body_of(shape, 0, 0)}));
    ASSERT_EQ(views.size(), 1u);
    EXPECT_EQ(views[0].visible, 1) << shape;
  }
  EXPECT_TRUE(views_of(scene_of({})).empty());
}

TEST(SceneView, ABoxHasTheSizeOfItsPerspective) {
  auto scene = scene_of({body_of("sphere", 0, 0, 1)});
  scene.camera = {{0, 1, -6}, {0, 1, 0}, 60};
  const double expected = 0.5 / std::sqrt(35.0) / std::tan(std::acos(-1.0) / 6);
  const auto box = views_of(scene)[0].box;
  EXPECT_NEAR(box.right, 0.5 + expected, 0.003);
  EXPECT_NEAR(box.left, 0.5 - expected, 0.003);
  EXPECT_NEAR(box.top, 0.5 - expected, 0.003);
  EXPECT_NEAR(box.bottom, 0.5 + expected, 0.003);
}

TEST(SceneView, LabelsFillTheBoxesOfTheirBodies) {
  constexpr int kSide = 64;
  for (const auto* shape : kShapes) {
    const auto scene = scene_of({body_of(shape, -0.9, 0), body_of(shape, 0.9, 1)});
    const auto labels = labels_of(scene, kSide);
    const auto views = views_of(scene);
    for (std::size_t body = 0; body < 2; ++body) {
      double left = kSide, top = kSide, right = 0, bottom = 0;
      for (int i = 0; i < kSide * kSide; ++i) {
        if (labels.things[std::size_t(i)] != body + 1) continue;
        left = std::min<double>(left, i % kSide), right = std::max<double>(right, i % kSide + 1);
        top = std::min<double>(top, i / kSide), bottom = std::max<double>(bottom, i / kSide + 1);
      }
      const auto& box = views[body].box;
      EXPECT_NEAR(left / kSide, box.left, 1.6 / kSide) << shape;
      EXPECT_NEAR(right / kSide, box.right, 1.6 / kSide) << shape;
      EXPECT_NEAR(top / kSide, box.top, 1.6 / kSide) << shape;
      EXPECT_NEAR(bottom / kSide, box.bottom, 1.6 / kSide) << shape;
    }
  }
}

TEST(SceneView, OfABodyBehindAnotherLabelsShowWhatIsSeen) {
  auto scene = scene_of({body_of("sphere", 0, 2, 0.5), body_of("sphere", 0, -2, 0.5)});
  scene.camera = {{0, 0.5, -6}, {0, 0.5, 0}, 60};
  const auto labels = labels_of(scene, 63);
  EXPECT_EQ(labels.things[31 * 63 + 31], 2);
  EXPECT_EQ(std::ranges::count(labels.things, 1), 0);
}

TEST(SceneView, NearnessIsOneOverTheDepth) {
  auto scene = scene_of({body_of("sphere", 0, 0, 1)});
  scene.camera = {{0, 1, -6}, {0, 1, 0}, 60};
  const auto labels = labels_of(scene, 63);
  const auto at = [&](int x, int y) { return labels.nearness[std::size_t(y * 63 + x)]; };
  EXPECT_EQ(*std::ranges::max_element(labels.nearness), 255);
  EXPECT_EQ(at(31, 5), 0) << "the sky";
  // The lowest row sees the ground at depth 1 / tan(y), the middle the sphere at depth 5.
  const double lowest = std::tan(std::acos(-1.0) / 6) * (2 * 62.5 / 63 - 1);
  EXPECT_NEAR(at(31, 31), 255 / lowest / 5, 1.5);
  EXPECT_LT(at(2, 40), at(2, 55)) << "ground farther up is farther away";
}

TEST(SceneView, RightIsRightAndFarIsSmallAndHigh) {
  const auto views = views_of(scene_of({body_of("cone", -1, 0), body_of("cone", 1, 3)}));
  EXPECT_LT(views[0].box.right, views[1].box.left);
  EXPECT_GT(width(views[0].box), width(views[1].box));
  EXPECT_GT(views[0].box.bottom, views[1].box.bottom);
}

TEST(SceneView, ACubeOnItsEdgeIsWider) {
  auto scene = scene_of({body_of("cube", 0, 0)});
  scene.bodies[0].turn = 0;
  const auto flat = views_of(scene)[0].box;
  scene.bodies[0].turn = 45;
  const auto edge = views_of(scene)[0].box;
  EXPECT_GT(width(edge), 1.2 * width(flat));
  EXPECT_NEAR(edge.left + edge.right, 1, 1e-9);
}

TEST(SceneView, EveryShapeHidesWhatIsBehindIt) {
  for (const auto* shape : kShapes) {
    const auto small = body_of("sphere", 0, 1.2, 0.2);
    const auto views = views_of(scene_of({small, body_of(shape, 0, 0, 0.7)}));
    EXPECT_LE(views[0].visible, 0.5) << shape;
    EXPECT_EQ(views[1].visible, 1) << shape;
    EXPECT_EQ(views_of(scene_of({small, body_of(shape, 2, 0, 0.7)}))[0].visible, 1) << shape;
  }
}

TEST(SceneView, HalfABodyIsHalfVisible) {
  auto scene = scene_of({body_of("cylinder", 0, 0, 1), body_of("cube", -1.3, -2, 1)});
  scene.camera = {{0, 0.8, -12}, {0, 0.8, 0}, 30};
  scene.bodies[1].turn = 0;
  const auto views = views_of(scene);
  EXPECT_GT(views[0].visible, 0.3);
  EXPECT_LT(views[0].visible, 0.9);
  EXPECT_EQ(views[1].visible, 1);
}

TEST(SceneView, OneSeesThroughTheHoleOfATorus) {
  auto scene = scene_of({body_of("torus", 0, 0, 1), body_of("sphere", 0, 0, 0.2)});
  scene.camera = {{0, 6, -1}, {0, 0, 0}, 30};
  EXPECT_EQ(views_of(scene)[1].visible, 1);
  scene.bodies[0].shape = "cylinder";
  EXPECT_EQ(views_of(scene)[1].visible, 0);
}

TEST(SceneView, WhatIsBesideThePictureIsNotVisible) {
  const auto views = views_of(scene_of({body_of("cube", -30, 0), body_of("cube", -3.4, 0)}));
  EXPECT_LT(views[0].box.right, 0);
  EXPECT_EQ(views[0].visible, 0);
  EXPECT_LT(views[1].box.left, 0);
  EXPECT_GT(views[1].box.right, 0);
  EXPECT_EQ(views[1].visible, 1) << "cut by the border, but not hidden";
}

TEST(Frame, FillsThePartThatIsAskedFor) {
  for (const auto* shape : kShapes) {
    for (const double fill : {0.3, 0.9}) {
      auto scene = scene_of({body_of(shape, 2, 1)});
      frame(scene, fill, 0, 0);
      const auto box = views_of(scene)[0].box;
      EXPECT_NEAR(std::max(width(box), height(box)), fill, 0.01) << shape;
      EXPECT_NEAR(box.left + box.right, 1, 0.01) << shape;
      EXPECT_NEAR(box.top + box.bottom, 1, 0.01) << shape;
    }
  }
}

TEST(Frame, HoldsAllBodies) {
  auto scene = scene_of({body_of("cone", -2, 0), body_of("sphere", 0, 2), body_of("cube", 1, -1)});
  frame(scene, 0.8, 0, 0);
  BoundingBox all{1, 1, 0, 0};
  for (const auto& view : views_of(scene)) {
    all = {std::min(all.left, view.box.left), std::min(all.top, view.box.top),
           std::max(all.right, view.box.right), std::max(all.bottom, view.box.bottom)};
  }
  EXPECT_NEAR(std::max(width(all), height(all)), 0.8, 0.01);
  EXPECT_NEAR(all.left + all.right, 1, 0.01);
}

TEST(Frame, StandsOffTheCentreAsFarAsThereIsRoom) {
  const auto box_at = [](double x, double y) {
    auto scene = scene_of({body_of("sphere", 0, 0)});
    frame(scene, 0.4, x, y);
    return views_of(scene)[0].box;
  };
  EXPECT_NEAR(box_at(1, 0).right, 0.98, 0.01);
  EXPECT_NEAR(box_at(-1, 0).left, 0.02, 0.01);
  EXPECT_NEAR(box_at(0, 1).top, 0.02, 0.01);
  EXPECT_NEAR(box_at(0, -1).bottom, 0.98, 0.01);
  EXPECT_NEAR(box_at(0.5, 0).right, 0.84, 0.01);
}

}  // namespace
}  // namespace imagine::data
