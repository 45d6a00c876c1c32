#include "data/compose.h"

#include <gtest/gtest.h>

namespace imagine::data {
namespace {

using Colour = std::vector<int>;

const Colour kRed = {255, 0, 0}, kGreen = {0, 255, 0}, kBlue = {0, 0, 255}, kYellow = {255, 255, 0},
             kWhite = {255, 255, 255};

/// Opaque; the right half may have another colour.
Cutout cutout_of(int width, int height, const Colour& left, const Colour& right) {
  Cutout cutout{.picture = {width, height, {}}};
  for (int i = 0; i < width * height; ++i) {
    for (const int value : i % width < width / 2 ? left : right) {
      cutout.picture.rgba.push_back(std::uint8_t(value));
    }
    cutout.picture.rgba.push_back(255);
  }
  return cutout;
}

Colour colour_at(const Image& image, int x, int y) {
  const auto* pixel = image.at(x, y);
  return {pixel[0], pixel[1], pixel[2]};
}

/// Red, green, blue and yellow quarters, from the top left.
GroundPicture quarters() {
  GroundPicture ground{"grass", {40, 40, {}}};
  for (int i = 0; i < 40 * 40; ++i) {
    const bool right = i % 40 >= 20, low = i / 40 >= 20;
    const auto& colour = low ? (right ? kYellow : kBlue) : (right ? kGreen : kRed);
    for (const int value : colour) ground.image.rgb.push_back(std::uint8_t(value));
  }
  return ground;
}

TEST(Compose, TheLongerSideGivesTheSize) {
  const auto wide = cutout_of(40, 10, kRed, kRed), high = cutout_of(10, 20, kRed, kRed);
  EXPECT_DOUBLE_EQ((Placed{.cutout = &wide, .side = 0.8}).width(), 0.8);
  EXPECT_DOUBLE_EQ((Placed{.cutout = &wide, .side = 0.8}).height(), 0.2);
  EXPECT_DOUBLE_EQ((Placed{.cutout = &high, .side = 0.8}).width(), 0.4);
  EXPECT_DOUBLE_EQ((Placed{.cutout = &high, .side = 0.8}).height(), 0.8);
}

TEST(Compose, LabelsNameTheThingOnTop) {
  const auto square = cutout_of(10, 10, kRed, kRed);
  Composition composition;
  composition.things = {{.cutout = &square, .x = 0.25, .y = 0.5, .side = 0.5},
                        {.cutout = &square, .x = 0.5, .y = 0.5, .side = 0.5}};
  const auto labels = labels_of(composition, 16);
  const auto row = [&](int y) {
    const auto begin = labels.things.begin() + y * 16;
    return std::vector<int>(begin, begin + 16);
  };
  EXPECT_EQ(row(8), (std::vector<int>{1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0}));
  EXPECT_EQ(row(0), std::vector<int>(16, 0));
  EXPECT_TRUE(labels.nearness.empty()) << "nothing is known of it";
}

TEST(Compose, APlainBackgroundIsOfOneColourInEverySize) {
  for (const int size : {16, 128, 129}) {
    const auto image = draw({.things = {}, .colour = {0.2f, 0.4f, 0.6f}}, size);
    ASSERT_EQ(image.width, size);
    ASSERT_EQ(image.height, size);
    for (int i = 0; i < size; ++i) ASSERT_EQ(colour_at(image, i, i), (Colour{51, 102, 153}));
  }
}

TEST(Compose, FadesDownToEightyFivePercent) {
  const auto image = draw({.things = {}, .fades = true}, 64);
  EXPECT_NEAR(image.at(9, 0)[0], 255, 1);
  EXPECT_NEAR(image.at(9, 32)[0], 255 * 0.925, 2);
  EXPECT_NEAR(image.at(9, 63)[0], 255 * 0.85, 2);
  EXPECT_EQ(colour_at(image, 9, 63), colour_at(image, 50, 63));
}

TEST(Compose, ThingsStandWhereTheyArePlaced) {
  const auto red = cutout_of(20, 10, kRed, kRed);
  const auto image = draw({.things = {{.cutout = &red, .x = 0.25, .y = 0.75, .side = 0.4}}}, 100);
  EXPECT_EQ(colour_at(image, 25, 75), kRed);
  EXPECT_EQ(colour_at(image, 9, 69), kRed);
  EXPECT_EQ(colour_at(image, 41, 81), kRed);
  EXPECT_GT(image.at(3, 75)[1], 150) << "left of it";
  EXPECT_GT(image.at(25, 60)[1], 150) << "above it";
  EXPECT_EQ(colour_at(image, 75, 25), kWhite);
}

TEST(Compose, LaterThingsCoverEarlierOnes) {
  const auto red = cutout_of(9, 9, kRed, kRed), blue = cutout_of(9, 9, kBlue, kBlue);
  const Placed large{.cutout = &red, .side = 0.8}, small{.cutout = &blue, .side = 0.4};
  EXPECT_EQ(colour_at(draw({.things = {large, small}}, 32), 16, 16), kBlue);
  EXPECT_EQ(colour_at(draw({.things = {small, large}}, 32), 16, 16), kRed);
}

TEST(Compose, FlippedThingsAreMirrored) {
  const auto pair = cutout_of(20, 20, kRed, kBlue);
  Composition composition{.things = {{.cutout = &pair, .side = 1}}};
  EXPECT_EQ(colour_at(draw(composition, 32), 4, 16), kRed);
  composition.things[0].flipped = true;
  EXPECT_EQ(colour_at(draw(composition, 32), 4, 16), kBlue);
  EXPECT_EQ(colour_at(draw(composition, 32), 28, 16), kRed);
}

TEST(Compose, TheShadowIsSoftAndFallsToTheLowerRight) {
  const auto white = cutout_of(10, 10, kWhite, kWhite);
  const auto image = draw({.things = {{.cutout = &white, .side = 0.5}}}, 200);
  EXPECT_LT(image.at(151, 100)[0], image.at(48, 100)[0] - 30);
  EXPECT_LT(image.at(100, 151)[0], image.at(100, 48)[0] - 30);
  EXPECT_GE(image.at(151, 151)[0], 255 * 65 / 100);
  EXPECT_LT(image.at(151, 100)[0], image.at(157, 100)[0]);
  EXPECT_EQ(colour_at(image, 180, 100), kWhite) << "far from the thing";
  EXPECT_EQ(colour_at(image, 100, 100), kWhite) << "on the thing";
}

TEST(Compose, WhatLiesBeyondTheBorderIsCut) {
  const auto red = cutout_of(10, 10, kRed, kRed);
  const auto corner = draw({.things = {{.cutout = &red, .x = 0, .y = 1, .side = 0.5}}}, 32);
  EXPECT_EQ(colour_at(corner, 0, 31), kRed);
  EXPECT_EQ(colour_at(corner, 31, 0), kWhite);
  const auto outside = draw({.things = {{.cutout = &red, .x = 3, .y = -3, .side = 0.5}}}, 32);
  EXPECT_EQ(outside.rgb, draw({}, 32).rgb);
}

TEST(Compose, ShowsAWindowOfTheGround) {
  const auto ground = quarters();
  const auto centre = [&](std::array<double, 3> window) {
    return colour_at(draw({.things = {}, .ground = &ground, .window = window}, 16), 8, 8);
  };
  EXPECT_EQ(centre({0, 0, 0.5}), kRed);
  EXPECT_EQ(centre({0.5, 0, 0.5}), kGreen);
  EXPECT_EQ(centre({0, 0.5, 0.5}), kBlue);
  EXPECT_EQ(centre({9, 9, 0.5}), kYellow) << "moved back inside";
  EXPECT_EQ(centre({-9, -9, 0.5}), kRed);
}

TEST(Compose, TheGroundMayBeFlipped) {
  const auto ground = quarters();
  const auto image =
      draw({.things = {}, .ground = &ground, .window = {0, 0, 9}, .ground_flipped = true}, 16);
  EXPECT_EQ(colour_at(image, 2, 2), kGreen);
  EXPECT_EQ(colour_at(image, 13, 13), kBlue);
}

TEST(Compose, DrawingsAreDrawnAgainWhereTheirPixelsAreTooFew) {
  auto cutout = cutout_of(20, 20, kRed, kRed);
  cutout.svg =
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>"
      "<rect width='10' height='10' fill='#00f'/></svg>";
  const auto centre = [&](double side) {
    return colour_at(draw({.things = {{.cutout = &cutout, .side = side}}}, 200), 100, 100);
  };
  EXPECT_EQ(centre(0.1), kRed);
  EXPECT_EQ(centre(0.105), kBlue);
}

}  // namespace
}  // namespace imagine::data
