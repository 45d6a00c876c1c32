#include "data/compose.h"

#include <algorithm>
#include <cmath>

#include "data/svg.h"

namespace imagine::data {
namespace {

constexpr int kFinestSupersampled = 128;
constexpr double kShadowBlur = 0.02;  // of the picture's side, as the shift
constexpr double kShadowShift = 0.02;
constexpr float kShadowDepth = 0.35f;
constexpr float kFade = 0.15f;

Picture plain_background(const Composition& composition, int side) {
  Picture canvas(side, side);
  for (int y = 0; y < side; ++y) {
    const float light = composition.fades ? 1 - kFade * float(y) / float(side) : 1;
    const auto& colour = composition.colour;
    const Pixel pixel = {colour[0] * light, colour[1] * light, colour[2] * light, 1};
    std::fill_n(&canvas.at(0, y), side, pixel);
  }
  return canvas;
}

Picture ground_background(const Composition& composition, int side) {
  const Image& image = composition.ground->image;
  const auto [left, top, part] = composition.window;
  const int pixels = std::clamp(int(part * image.width), 1, image.width);
  const Box box{std::clamp(int(left * image.width), 0, image.width - pixels),
                std::clamp(int(top * image.height), 0, image.height - pixels), pixels, pixels};
  Image window{pixels, pixels, {}};
  for (int y = 0; y < pixels; ++y) {
    const auto* row = image.at(box.x, box.y + y);
    window.rgb.insert(window.rgb.end(), row, row + std::ptrdiff_t(pixels) * 3);
  }
  Picture canvas = resize(to_picture(window), side, side);
  return composition.ground_flipped ? mirrored(canvas) : canvas;
}

/// `over` with its corner at (left, top), times `strength`, on the opaque canvas.
void blend(Picture& canvas, const Picture& over, int left, int top, float strength = 1) {
  for (int y = std::max(0, -top); y < std::min(over.height, canvas.height - top); ++y) {
    for (int x = std::max(0, -left); x < std::min(over.width, canvas.width - left); ++x) {
      const Pixel& source = over.at(x, y);
      Pixel& target = canvas.at(left + x, top + y);
      const float rest = 1 - source[3] * strength;
      for (int c = 0; c < 3; ++c) target[c] = source[c] * strength + target[c] * rest;
    }
  }
}

/// A thing as large as it is drawn, and where.
struct Scaled {
  Picture picture;
  int left, top;
};

Scaled scaled(const Placed& thing, int side) {
  const Cutout& cutout = *thing.cutout;
  const int width = std::max(1, int(std::lround(thing.width() * side)));
  const int height = std::max(1, int(std::lround(thing.height() * side)));
  const int longest = std::max(width, height);
  const bool redraw = !cutout.svg.empty() && longest > cutout.longest_side();
  Picture picture =
      resize(to_picture(redraw ? trimmed(draw_svg(cutout.svg, longest * 5 / 4, cutout.identity))
                               : cutout.picture),
             width, height);
  if (thing.flipped) picture = mirrored(picture);
  const int left = int(std::lround(thing.x * side - picture.width / 2.0));
  const int top = int(std::lround(thing.y * side - picture.height / 2.0));
  return {std::move(picture), left, top};
}

}  // namespace

double Placed::width() const {
  return side * cutout->picture.width / std::max(1, cutout->longest_side());
}

double Placed::height() const {
  return side * cutout->picture.height / std::max(1, cutout->longest_side());
}

Image draw(const Composition& composition, int size) {
  const int side = size <= kFinestSupersampled ? 2 * size : size;
  Picture canvas = composition.ground ? ground_background(composition, side)
                                      : plain_background(composition, side);
  for (const Placed& thing : composition.things) {
    const auto [picture, left, top] = scaled(thing, side);
    const Picture shadow = blurred_shadow(picture, kShadowBlur * side);
    const int shift = int(std::lround(kShadowShift * side));
    blend(canvas, shadow, left + shift - (shadow.width - picture.width) / 2,
          top + shift - (shadow.height - picture.height) / 2, kShadowDepth);
    blend(canvas, picture, left, top);
  }
  return to_image(side == size ? canvas : resize(canvas, size, size));
}

Labels labels_of(const Composition& composition, int size) {
  Labels labels{.side = size, .things = {}, .nearness = {}};
  labels.things.resize(std::size_t(size) * std::size_t(size));
  std::uint8_t number = 0;
  for (const Placed& thing : composition.things) {
    ++number;
    const auto [picture, left, top] = scaled(thing, size);
    for (int y = std::max(0, -top); y < std::min(picture.height, size - top); ++y) {
      for (int x = std::max(0, -left); x < std::min(picture.width, size - left); ++x) {
        if (picture.at(x, y)[3] < 0.5f) continue;
        labels.things[std::size_t((top + y) * size + left + x)] = number;
      }
    }
  }
  return labels;
}

}  // namespace imagine::data
