#include "engine/canvas.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::engine {
namespace {

/// Of that size, dark on the left and bright on the right.
Source picture(int width, int height) {
  Source source{.image = {.width = width, .height = height, .rgb = {}}, .name = "picture.png"};
  for (int i = 0; i < width * height; ++i) {
    const auto value = std::uint8_t(i % width < width / 2 ? 40 : 200);
    source.image.rgb.insert(source.image.rgb.end(), 3, value);
  }
  return source;
}

Request edit(int width, int height, const Extension& extend) {
  return {
      .task = Task::edit, .image = picture(width, height), .extend = extend, .prompt = "a meadow"};
}

int white_in_row(const Image& mask, int y) {
  int count = 0;
  for (int x = 0; x < mask.width; ++x) count += *mask.at(x, y) == 255;
  return count;
}

std::string refusal(const Request& request) {
  try {
    check_extension(request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Canvas, APictureIsDrawnOnBesideIt) {
  const auto [image, mask] = canvas_of(edit(64, 48, {.left = 0.25, .right = 0.5}), false);
  ASSERT_EQ(image.width, 16 + 64 + 32);
  ASSERT_EQ(image.height, 48);
  ASSERT_TRUE(mask);
  ASSERT_EQ(mask->width, image.width);
  ASSERT_EQ(mask->height, image.height);
  const auto inner = picture(64, 48).image;
  const int seam = 48 / 32;
  for (const int y : {0, 20, 47}) {
    for (int x = 0; x < 64; ++x) EXPECT_EQ(*image.at(16 + x, y), *inner.at(x, y));
    EXPECT_EQ(*image.at(0, y), 40) << "the edge goes on";
    EXPECT_EQ(*image.at(111, y), 200);
    EXPECT_EQ(white_in_row(*mask, y), 16 + seam + seam + 32) << y;
    for (int x = 16 + seam; x < 80 - seam; ++x) EXPECT_EQ(*mask->at(x, y), 0) << x;
  }
}

TEST(Canvas, EachSideGrowsByItself) {
  for (const auto& extend : {Extension{.top = 0.5}, Extension{.bottom = 0.5}}) {
    const auto [image, mask] = canvas_of(edit(40, 40, extend), false);
    EXPECT_EQ(image.width, 40);
    EXPECT_EQ(image.height, 60);
    const bool above = extend.top > 0;
    EXPECT_EQ(white_in_row(*mask, 0), above ? 40 : 0);
    EXPECT_EQ(white_in_row(*mask, 59), above ? 0 : 40);
    const auto inner = picture(40, 40).image;
    for (int x = 0; x < 40; ++x) {
      EXPECT_EQ(*image.at(x, above ? 40 : 20), *inner.at(x, 20));
    }
  }
}

TEST(Canvas, WhatWasMaskedStaysSo) {
  auto request = edit(40, 40, {.right = 0.5});
  request.mask = picture(40, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) *request.mask->image.at(x, y) = y < 10 && x < 10 ? 255 : 0;
  }
  const auto mask = *canvas_of(request, false).mask;
  EXPECT_EQ(white_in_row(mask, 5), 10 + 1 + 20) << "the mask, a seam and what is added";
  EXPECT_EQ(white_in_row(mask, 30), 1 + 20);
}

TEST(Canvas, ASquareGrowsOnTheSidesThatGrowAndElseOnBoth) {
  const auto beside = canvas_of(edit(40, 40, {.right = 0.5}), true);
  EXPECT_EQ(beside.picture.width, 60);
  EXPECT_EQ(beside.picture.height, 60);
  EXPECT_EQ(white_in_row(*beside.mask, 0), 60) << "10 above";
  EXPECT_EQ(white_in_row(*beside.mask, 59), 60) << "and 10 below";
  EXPECT_LT(white_in_row(*beside.mask, 30), 60);
  const auto corner = canvas_of(edit(40, 40, {.right = 0.5, .top = 0.25}), true);
  EXPECT_EQ(corner.picture.height, 60);
  EXPECT_EQ(white_in_row(*corner.mask, 19), 60);
  EXPECT_LT(white_in_row(*corner.mask, 59), 60) << "all of it above, where it grows";
}

TEST(Canvas, WithoutAnExtensionItIsThePictureOrItsMiddleSquare) {
  Request request{.task = Task::edit, .image = picture(50, 40), .mask = picture(50, 40)};
  EXPECT_EQ(canvas_of(request, false).picture.rgb, request.image->image.rgb);
  EXPECT_EQ(canvas_of(request, false).mask->width, 50);
  EXPECT_EQ(canvas_of(request, true).picture.width, 40);
  EXPECT_EQ(canvas_of(request, true).mask->width, 40);
  request.mask.reset();
  EXPECT_FALSE(canvas_of(request, false).mask);
}

TEST(Canvas, AnExtensionOfNothingOrTooMuchIsRefused) {
  EXPECT_EQ(refusal(edit(8, 8, {.left = 1, .right = 1, .top = 1, .bottom = 1})), "");
  EXPECT_EQ(refusal(edit(8, 8, {})), "extend: expected a side that grows, got none");
  EXPECT_EQ(refusal(edit(8, 8, {.top = 1.5})), "extend.top: expected 0 .. 1, got 1.5");
  EXPECT_EQ(refusal(edit(8, 8, {.left = -0.5})), "extend.left: expected 0 .. 1, got -0.5");
  EXPECT_THAT(refusal(edit(8, 8, {.bottom = double(NAN)})), testing::HasSubstr("extend.bottom"));
  auto request = edit(8, 8, {.left = 1});
  request.task = Task::upscale;
  EXPECT_EQ(refusal(request), "extend: expected none but for an edit");
}

}  // namespace
}  // namespace imagine::engine
