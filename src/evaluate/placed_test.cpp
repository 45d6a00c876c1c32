#include "evaluate/placed.h"

#include <gtest/gtest.h>

#include "evaluate/boxes.h"

namespace imagine::evaluate {
namespace {

const std::vector<Placed> kAsked = {
    {.body = {.shape = "cube", .colour = "red"}, .box = {0, 0, 0.5, 1}},
    {.body = {.shape = "sphere", .colour = "blue"}, .box = {0.5, 0, 0.5, 1}}};

Found body(const char* shape, const char* colour, const Box& box) {
  return {.shape = shape, .colour = colour, .box = box};
}

const Box kLeft = {0.1, 0.3, 0.3, 0.3}, kRight = {0.6, 0.3, 0.3, 0.3};

TEST(Boxes, OverlapIsTheSharedAreaOverTheWhole) {
  EXPECT_DOUBLE_EQ(overlap_of(kLeft, kLeft), 1);
  EXPECT_DOUBLE_EQ(overlap_of(kLeft, kRight), 0);
  EXPECT_DOUBLE_EQ(overlap_of(Box{0, 0, 0.5, 1}, Box{0.25, 0, 0.5, 1}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(overlap_of(Box{0, 0, 1, 1}, Box{0.25, 0.25, 0.5, 0.5}), 0.25);
  EXPECT_EQ(overlap_of(Box{0, 0, 0, 0}, Box{0, 0, 0, 0}), 0);
}

TEST(Boxes, AreAroundThePixelsThatAreSeen) {
  data::Labels labels{.side = 4, .things = std::vector<std::uint8_t>(16), .nearness = {}};
  labels.things[1 * 4 + 2] = 1, labels.things[3 * 4 + 1] = 1, labels.things[0] = 3;
  labels.things[15] = 9;  // of a thing that is not asked about
  const auto boxes = seen_boxes(labels, 3);
  EXPECT_EQ(boxes[0], (Box{0.25, 0.25, 0.5, 0.75}));
  EXPECT_EQ(boxes[1], std::nullopt);
  EXPECT_EQ(boxes[2], (Box{0, 0, 0.25, 0.25}));
}

TEST(Placed, EachBoxHoldsItsBodyAndNoOther) {
  const auto cube = body("cube", "red", kLeft), sphere = body("sphere", "blue", kRight);
  EXPECT_TRUE(fills(kAsked, {cube, sphere}));
  EXPECT_TRUE(fills(kAsked, {sphere, cube}));
  EXPECT_FALSE(fills(kAsked, {cube}));
  EXPECT_FALSE(fills(kAsked, {cube, sphere, body("cone", "green", {0, 0, 0.1, 0.1})}));
  EXPECT_FALSE(fills(kAsked, {body("cube", "red", kRight), body("sphere", "blue", kLeft)}));
  EXPECT_FALSE(fills(kAsked, {cube, body("sphere", "red", kRight)}));
  EXPECT_FALSE(fills(kAsked, {cube, body("sphere", "blue", {0.3, 0.3, 0.3, 0.3})}));
}

TEST(Placed, ABodyElsewhereIsTooMuch) {
  const std::vector<Placed> asked = {{kAsked[0].body, {0, 0, 0.4, 1}},
                                     {kAsked[1].body, {0.6, 0, 0.4, 1}}};
  const auto cube = body("cube", "red", kLeft);
  EXPECT_FALSE(fills(asked, {cube, body("sphere", "blue", {0.4, 0.3, 0.2, 0.2})}));
  EXPECT_TRUE(fills(asked, {cube, body("sphere", "blue", kRight)}));
}

TEST(Placed, ColoursLeakFromOneBoxIntoAnother) {
  const auto cube = body("cube", "red", kLeft);
  EXPECT_TRUE(swaps_colours(kAsked, {cube, body("sphere", "red", kRight)}));
  EXPECT_TRUE(swaps_colours(kAsked, {body("torus", "blue", kLeft)}));
  EXPECT_FALSE(swaps_colours(kAsked, {cube, body("sphere", "green", kRight)}));
  EXPECT_FALSE(swaps_colours(kAsked, {cube, body("cone", "blue", kRight)}));
}

TEST(Placed, TheBestBodyOfThatLookCounts) {
  const Placed asked{.body = {.shape = "cube", .colour = "red"}, .box = kLeft};
  const std::vector<Found> found = {body("cube", "red", kRight), body("cube", "blue", kLeft),
                                    body("cube", "red", {0.1, 0.3, 0.3, 0.6})};
  EXPECT_DOUBLE_EQ(overlap_of(asked, found), 0.5);
  EXPECT_EQ(overlap_of(asked, {}), 0);
}

}  // namespace
}  // namespace imagine::evaluate
