#include "models/control_planes.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::models {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr Extent kDrawn{.width = 32, .height = 32};
const std::array<std::uint8_t, 3> kWhite{255, 255, 255}, kBlack{0, 0, 0}, kRed{200, 30, 30};

Source plain(int width, int height, const std::array<std::uint8_t, 3>& colour) {
  Source source{.image = {.width = width, .height = height, .rgb = {}}, .name = "it.png"};
  for (int i = 0; i < width * height; ++i) {
    source.image.rgb.insert(source.image.rgb.end(), colour.begin(), colour.end());
  }
  return source;
}

Source with_box(Source source, const Extent& at, const Extent& size,
                const std::array<std::uint8_t, 3>& colour) {
  for (int y = int(at.height); y < at.height + size.height; ++y) {
    for (int x = int(at.width); x < at.width + size.width; ++x) {
      std::ranges::copy(colour, source.image.at(x, y));
    }
  }
  return source;
}

/// A line from left to right, `thick` pixels high, of a picture of 256.
Source line(int thick, bool dark_on_light = true) {
  const auto& ground = dark_on_light ? kWhite : kBlack;
  const auto& ink = dark_on_light ? kBlack : kWhite;
  return with_box(plain(256, 256, ground), {.width = 0, .height = 128}, {256, thick}, ink);
}

Tensor plane(const Control& control, Plane which, Extent extent = kDrawn) {
  return planes_of(control, extent)[std::size_t(which)];
}

int64_t rows_with_ink(const Tensor& lines) { return lines.gt(0.5).any(3).sum().item<int64_t>(); }

TEST(ControlPlanes, WhatIsNotGivenIsNotTold) {
  for (const auto& plane : planes_of({}, kDrawn)) EXPECT_FALSE(plane.defined());
}

TEST(ControlPlanes, ASketchIsInkWhateverTheGround) {
  const auto dark = plane({.sketch = line(16)}, Plane::scribble);
  const auto light = plane({.sketch = line(16, false)}, Plane::scribble);
  EXPECT_TRUE(torch::equal(dark, light));
  EXPECT_EQ(dark.sizes(), torch::IntArrayRef({1, 1, 32, 32}));
  EXPECT_EQ(dark.max().item<double>(), 1);
  EXPECT_EQ(dark.min().item<double>(), 0);
}

TEST(ControlPlanes, HairlinesOfALargeSketchBecomeAsThickAsAHands) {
  EXPECT_EQ(rows_with_ink(plane({.sketch = line(1)}, Plane::scribble)), 3);
  EXPECT_EQ(rows_with_ink(plane({.sketch = line(32)}, Plane::scribble)), 4) << "thick stays";
  EXPECT_EQ(rows_with_ink(plane({.edges = line(1)}, Plane::edges)), 1) << "edges are fine";
}

TEST(ControlPlanes, EdgesOfAPictureAreFound) {
  const auto picture =
      with_box(plain(256, 256, kWhite), {.width = 64, .height = 64}, {128, 128}, kRed);
  const auto edges = plane({.edges_from = picture}, Plane::edges);
  EXPECT_EQ(edges[0][0][16].sum().item<double>(), 2) << "left and right side of the box";
  EXPECT_EQ(edges[0][0][2].sum().item<double>(), 0);
}

TEST(ControlPlanes, DepthAndSilhouetteKeepTheirPlaces) {
  const auto white_box =
      with_box(plain(256, 256, kBlack), {.width = 0, .height = 128}, {256, 128}, kWhite);
  for (const auto& told : {plane({.depth = white_box}, Plane::nearness),
                           plane({.silhouette = white_box}, Plane::silhouette)}) {
    EXPECT_EQ(told[0][0][4][4].item<double>(), 0);
    EXPECT_EQ(told[0][0][28][4].item<double>(), 1);
  }
}

TEST(ControlPlanes, OfATransparentLayerWhatIsSeenCounts) {
  auto layer = plain(256, 256, kWhite);  // strokes of any colour, here the paper's
  layer.alpha.assign(256 * 256, 0);
  std::fill_n(layer.alpha.begin() + 128 * 256, 8 * 256, std::uint8_t{255});
  const auto lines = plane({.sketch = layer}, Plane::scribble);
  EXPECT_EQ(lines[0][0][16].min().item<double>(), 1);
  EXPECT_EQ(lines[0][0][4].max().item<double>(), 0);
  auto cutout = plain(256, 256, kRed);
  cutout.alpha.assign(256 * 256, 0);
  std::fill_n(cutout.alpha.begin() + 128 * 256, 128 * 256, std::uint8_t{255});
  const auto silhouette = plane({.silhouette = cutout}, Plane::silhouette);
  EXPECT_EQ(silhouette[0][0][4].sum().item<double>(), 0);
  EXPECT_EQ(silhouette[0][0][28].min().item<double>(), 1);
}

TEST(ControlPlanes, WhatLiesBeyondTheShapeIsCutOffOnBothSides) {
  const auto wide =
      with_box(plain(512, 256, kBlack), {.width = 384, .height = 0}, {128, 256}, kWhite);
  const auto square = with_box(wide, {.width = 192, .height = 0}, {128, 256}, kWhite);
  const auto told = plane({.silhouette = square}, Plane::silhouette);
  EXPECT_EQ(told[0][0][16].sum().item<double>(), 16) << "the middle box alone";
  EXPECT_THAT([&] { plane({.silhouette = wide}, Plane::silhouette); },
              ThrowsMessage<InputError>(HasSubstr("black alone")));
}

TEST(ControlPlanes, PicturesOfAnotherKindAreRefused) {
  const auto expect = [](const Control& control, const char* message) {
    EXPECT_THAT([&] { planes_of(control, kDrawn); }, ThrowsMessage<InputError>(HasSubstr(message)));
  };
  const auto half = with_box(plain(64, 64, kWhite), {.width = 0, .height = 0}, {64, 31}, kBlack);
  const auto grey = plain(64, 64, {128, 128, 128});
  expect({.sketch = plain(64, 64, kWhite)}, "it.png: expected lines, dark on light");
  expect({.edges = half}, "edges_from");
  expect({.edges_from = grey}, "it.png: expected a picture that has edges");
  expect({.depth = plain(64, 64, kRed)}, "expected a grey picture");
  expect({.depth = grey}, "got one grey");
  expect({.silhouette = grey}, "100 % between");
  expect({.silhouette = plain(64, 64, kWhite)}, "white alone");
  expect({.sketch = Source{.image = {}, .name = "none"}}, "none: expected a picture");
  expect({.edges = line(4), .edges_from = half}, "control.edges: expected none beside a picture");
}

}  // namespace
}  // namespace imagine::models
