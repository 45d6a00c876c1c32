#include "io/alpha.h"

#include <algorithm>

#include "core/check.h"

namespace imagine::io {

std::vector<std::uint8_t> alpha_of(const RgbaImage& image) {
  std::vector<std::uint8_t> alpha;
  alpha.reserve(image.rgba.size() / 4);
  for (std::size_t i = 3; i < image.rgba.size(); i += 4) alpha.push_back(image.rgba[i]);
  const bool opaque = std::ranges::all_of(alpha, [](int value) { return value == 255; });
  return opaque ? std::vector<std::uint8_t>() : alpha;
}

Image colors_of(const RgbaImage& image) {
  const auto width = std::size_t(image.width), count = image.rgba.size() / 4;
  Image colors{image.width, image.height, std::vector<std::uint8_t>(3 * count, 255)};
  std::vector<bool> known(count);
  std::vector<std::uint32_t> edge, next;  // pixels whose colour is known, from seen ones outwards
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    known[pixel] = image.rgba[4 * pixel + 3] != 0;
    if (!known[pixel]) continue;
    std::copy_n(&image.rgba[4 * pixel], 3, &colors.rgb[3 * pixel]);
    edge.push_back(std::uint32_t(pixel));
  }
  const auto spread = [&](std::size_t from, std::size_t to) {
    if (known[to]) return;
    known[to] = true;
    std::copy_n(&colors.rgb[3 * from], 3, &colors.rgb[3 * to]);
    next.push_back(std::uint32_t(to));
  };
  for (; !edge.empty(); edge.swap(next), next.clear()) {
    for (const std::size_t pixel : edge) {
      if (pixel % width > 0) spread(pixel, pixel - 1);
      if (pixel % width + 1 < width) spread(pixel, pixel + 1);
      if (pixel >= width) spread(pixel, pixel - width);
      if (pixel + width < count) spread(pixel, pixel + width);
    }
  }
  return colors;
}

RgbaImage with_alpha(const Image& colors, const std::vector<std::uint8_t>& alpha) {
  const auto count = colors.rgb.size() / 3;
  check<InputError>(alpha.empty() || alpha.size() == count, "alpha: expected ", count,
                    " bytes, got ", alpha.size());
  RgbaImage image{colors.width, colors.height, std::vector<std::uint8_t>(4 * count, 255)};
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    std::copy_n(&colors.rgb[3 * pixel], 3, &image.rgba[4 * pixel]);
    if (!alpha.empty()) image.rgba[4 * pixel + 3] = alpha[pixel];
  }
  return image;
}

}  // namespace imagine::io
