#include "data/cutout.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace imagine::data {
namespace {

constexpr int kVisibleAlpha = 8;

int alpha_at(const io::RgbaImage& image, int x, int y) {
  return image.rgba[(std::size_t(y) * image.width + x) * 4 + 3];
}

}  // namespace

std::string name_of(Style style) {
  static constexpr const char* kNames[] = {"photo", "render", "flat", "emoji", "drawing"};
  return kNames[int(style)];
}

io::RgbaImage trimmed(const io::RgbaImage& image) {
  int left = image.width, right = -1, top = image.height, bottom = -1;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (alpha_at(image, x, y) <= kVisibleAlpha) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = y;
    }
  }
  if (right < left) return {};
  io::RgbaImage result{right - left + 1, bottom - top + 1, {}};
  for (int y = top; y <= bottom; ++y) {
    const auto row = image.rgba.begin() + (std::ptrdiff_t(y) * image.width + left) * 4;
    result.rgba.insert(result.rgba.end(), row, row + std::ptrdiff_t(result.width) * 4);
  }
  return result;
}

io::RgbaImage limited(const io::RgbaImage& image, int longest) {
  const int side = std::max(image.width, image.height);
  if (side <= longest) return image;
  const Picture small = resize(to_picture(image), std::max(1, image.width * longest / side),
                               std::max(1, image.height * longest / side));
  io::RgbaImage result{small.width, small.height, {}};
  for (const Pixel& pixel : small.pixels) {
    for (int c = 0; c < 3; ++c) {
      const float straight = pixel[3] > 0 ? pixel[c] / pixel[3] : 0;
      result.rgba.push_back(std::uint8_t(std::lround(straight * 255.f)));
    }
    result.rgba.push_back(std::uint8_t(std::lround(pixel[3] * 255.f)));
  }
  return result;
}

bool stands_out(const Cutout& cutout, const std::array<float, 3>& background) {
  constexpr int kGrid = 24;
  constexpr float kNear = 0.3f;  // distance in the RGB cube
  int visible = 0, hidden = 0;
  const io::RgbaImage& image = cutout.picture;
  for (int j = 0; j < kGrid; ++j) {
    for (int i = 0; i < kGrid; ++i) {
      const std::size_t at = std::size_t((2 * j + 1) * image.height / (2 * kGrid)) * image.width +
                             std::size_t((2 * i + 1) * image.width / (2 * kGrid));
      if (image.rgba[at * 4 + 3] < 128) continue;
      ++visible;
      float distance = 0;
      for (int c = 0; c < 3; ++c) {
        distance += std::pow(image.rgba[at * 4 + c] / 255.f - background[c], 2.f);
      }
      hidden += distance < kNear * kNear;
    }
  }
  return visible > 0 && hidden * 2 < visible;
}

}  // namespace imagine::data
