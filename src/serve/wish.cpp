#include "serve/wish.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "core/number.h"

namespace imagine::serve {
namespace {

struct Window {
  int left, top, width, height;
};

/// What is seen in a window, as a picture of that extent, by the nearest pixels.
Source sampled(Source source, const Window& window, Extent extent) {
  auto& image = source.image;
  if (image.width == extent.width && image.height == extent.height) return source;
  const Image from = std::exchange(image, Image{int(extent.width), int(extent.height), {}});
  image.rgb.reserve(std::size_t(extent.width) * std::size_t(extent.height) * 3);
  for (std::int64_t y = 0; y < extent.height; ++y) {
    for (std::int64_t x = 0; x < extent.width; ++x) {
      const auto* pixel = from.at(window.left + int(x * window.width / extent.width),
                                  window.top + int(y * window.height / extent.height));
      image.rgb.insert(image.rgb.end(), pixel, pixel + 3);
    }
  }
  return source;
}

/// Rows of interleaved channels.
struct Pixels {
  int width, height, channels;
  const std::vector<std::uint8_t>& values;
};

/// One pixel of each square of `side`: the mean.
std::vector<std::uint8_t> averaged(const Pixels& from, int side) {
  const int rows = std::min(side, from.height), columns = std::min(side, from.width);
  const int count = rows * columns;
  std::vector<std::uint8_t> means;
  for (int y = 0; y < std::max(1, from.height / side); ++y) {
    for (int x = 0; x < std::max(1, from.width / side); ++x) {
      for (int channel = 0; channel < from.channels; ++channel) {
        int sum = 0;
        for (int i = 0; i < count; ++i) {
          const auto place = std::size_t(y * side + i / columns) * std::size_t(from.width) +
                             std::size_t(x * side + i % columns);
          sum += from.values[place * std::size_t(from.channels) + std::size_t(channel)];
        }
        means.push_back(std::uint8_t((sum + count / 2) / count));
      }
    }
  }
  return means;
}

}  // namespace

std::optional<Extent> extent_in(const std::string& text) {
  const auto cross = text.find('x');
  if (cross == text.npos) return {};
  const auto width = whole_number(text.substr(0, cross));
  const auto height = whole_number(text.substr(cross + 1));
  const auto is_side = [](const auto& side) { return side && *side >= 1 && *side <= kLargestSide; };
  if (!is_side(width) || !is_side(height)) return {};
  return Extent{.width = *width, .height = *height};
}

void set_extent(Wish& wish, Extent extent) {
  wish.asked_pixels = extent.width * extent.height;
  wish.side = std::sqrt(double(extent.width) * double(extent.height));
  const auto common = std::gcd(extent.width, extent.height);
  const bool is_square = extent.width == extent.height;
  wish.aspect = is_square ? "" : concat(extent.width / common, ':', extent.height / common);
}

Source resized(Source source, Extent extent) {
  const Window whole{0, 0, source.image.width, source.image.height};
  return sampled(std::move(source), whole, extent);
}

Source stretched(Source source, Extent extent) {
  const auto& image = source.image;
  const double pixels = double(image.width) * double(image.height);
  const double ratio = double(extent.width) / double(extent.height);
  const auto side = [](double square) { return std::max(1, int(std::lround(std::sqrt(square)))); };
  return resized(std::move(source),
                 {.width = side(pixels * ratio), .height = side(pixels / ratio)});
}

Source cut(Source source, Extent extent) {
  const auto& image = source.image;
  const auto fitted = [](std::int64_t whole, std::int64_t other, std::int64_t of, std::int64_t to) {
    return int(std::clamp<std::int64_t>(other * of / to, 1, whole));
  };
  const int width = fitted(image.width, image.height, extent.width, extent.height);
  const int height = fitted(image.height, image.width, extent.height, extent.width);
  const Window window{(image.width - width) / 2, (image.height - height) / 2, width, height};
  return sampled(std::move(source), window, {.width = width, .height = height});
}

Source within(Source source, std::int64_t pixels) {
  auto& image = source.image;
  const auto whole = double(image.width) * double(image.height);
  const int side = int(std::ceil(std::sqrt(whole / double(pixels))));
  if (side <= 1) return source;
  image.rgb = averaged({image.width, image.height, 3, image.rgb}, side);
  if (!source.alpha.empty()) {
    source.alpha = averaged({image.width, image.height, 1, source.alpha}, side);
  }
  image.width = std::max(1, image.width / side), image.height = std::max(1, image.height / side);
  return source;
}

Source picture_of(const SentPicture& sent, const std::string& name, Transparency transparency) {
  try {
    return decode(sent.bytes, name, transparency);
  } catch (const FormatError& error) {
    throw Problem(400, error.what(), name);
  }
}

void check_between(std::int64_t value, std::int64_t least, std::int64_t most,
                   const std::string& name) {
  if (value >= least && value <= most) return;
  throw Problem(
      400, concat(name, ": expected a whole number from ", least, " to ", most, ", got ", value),
      name);
}

void check_between(double value, double least, double most, const std::string& name) {
  if (value >= least && value <= most) return;
  throw Problem(
      400, concat(name, ": expected a number from ", least, " to ", most, ", got ", value), name);
}

}  // namespace imagine::serve
