#include "models/source.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

namespace imagine::models {
namespace {

/// Rows of interleaved channels.
struct Bytes {
  int width, height, channels;
  std::vector<std::uint8_t> values;
};

/// Keys' cubic with a = -1/2.
double cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/// The weights of the pixels from `first` on that make one pixel, in units of 2^-22.
struct Tap {
  int first;
  std::vector<int> weights;
};

constexpr int kPrecision = 22;

/// For each of `to` pixels along a line of `from`; where the line shrinks, the filter widens.
std::vector<Tap> taps(int from, int to) {
  const double scale = double(from) / to, widened = std::max(scale, 1.0), support = 2 * widened;
  std::vector<Tap> all;
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, int(center - support + 0.5));
    const int end = std::min(from, int(center + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int k = first; k < end; ++k)
      sum += weights.emplace_back(cubic((k - center + 0.5) / widened));
    Tap tap{.first = first, .weights = {}};
    for (const double weight : weights) {
      tap.weights.push_back(int(std::lround(weight / sum * (1 << kPrecision))));
    }
    all.push_back(std::move(tap));
  }
  return all;
}

/// One pass along the rows, its result with rows and columns exchanged.
Bytes resized_and_turned(const Bytes& from, int width) {
  Bytes to{.width = from.height, .height = width, .channels = from.channels, .values = {}};
  to.values.resize(std::size_t(to.width) * std::size_t(to.height) * std::size_t(to.channels));
  auto* out = to.values.data();
  for (const auto& tap : taps(from.width, width)) {
    for (int y = 0; y < from.height; ++y) {
      for (int c = 0; c < from.channels; ++c) {
        const auto* in =
            &from.values[(std::size_t(y) * std::size_t(from.width) + std::size_t(tap.first)) *
                             std::size_t(from.channels) +
                         std::size_t(c)];
        int sum = 1 << (kPrecision - 1);
        for (const int weight : tap.weights) sum += weight * *in, in += from.channels;
        *out++ = std::uint8_t(std::clamp(sum >> kPrecision, 0, 255));
      }
    }
  }
  return to;
}

/// Both passes round to bytes, as Pillow's do.
Bytes resized_bytes(const Bytes& from, Extent extent) {
  return resized_and_turned(resized_and_turned(from, int(extent.width)), int(extent.height));
}

Bytes bytes_of(const Image& image) {
  return {.width = image.width, .height = image.height, .channels = 3, .values = image.rgb};
}

/// [1, channels, H, W]
Tensor tensor_of(const Bytes& to) {
  return torch::tensor(torch::ArrayRef<std::uint8_t>(to.values), torch::kByte)
      .view({1, to.height, to.width, to.channels})
      .permute({0, 3, 1, 2});
}

}  // namespace

Extent fitted_extent(Extent extent, std::int64_t side) {
  if (extent.width == extent.height) return {side, side};
  const double shape = double(extent.width) / double(extent.height), eighths = double(side) / 8;
  const auto whole = [](double eighths) { return std::int64_t(std::nearbyint(eighths)) * 8; };
  return shape >= 1 ? Extent{whole(eighths * shape), side} : Extent{side, whole(eighths / shape)};
}

Image middle_of(const Image& image, Extent shape) {
  const auto fitted = [](std::int64_t side, std::int64_t of, std::int64_t to) {
    return std::max<std::int64_t>(1, side * of / to);
  };
  const int width =
      int(std::min<std::int64_t>(image.width, fitted(image.height, shape.width, shape.height)));
  const int height =
      int(std::min<std::int64_t>(image.height, fitted(image.width, shape.height, shape.width)));
  const int left = (image.width - width) / 2, top = (image.height - height) / 2;
  Image middle{.width = width, .height = height, .rgb = {}};
  middle.rgb.reserve(std::size_t(width) * std::size_t(height) * 3);
  for (int y = top; y < top + height; ++y) {
    middle.rgb.insert(middle.rgb.end(), image.at(left, y), image.at(left, y) + width * 3);
  }
  return middle;
}

Image middle_square(const Image& image) { return middle_of(image, {.width = 1, .height = 1}); }

Image resized(const Image& image, Extent extent) {
  auto to = resized_bytes(bytes_of(image), extent);
  return {.width = to.width, .height = to.height, .rgb = std::move(to.values)};
}

Tensor picture_at(const Image& image, Extent extent) {
  return tensor_of(resized_bytes(bytes_of(image), extent)).to(torch::kFloat) / 127.5 - 1;
}

std::vector<std::uint8_t> alpha_at(const std::vector<std::uint8_t>& alpha, Extent from, Extent to) {
  return resized_bytes(
             {.width = int(from.width), .height = int(from.height), .channels = 1, .values = alpha},
             to)
      .values;
}

Tensor brightness_at(const Image& image, Extent extent) {
  Bytes grey{.width = image.width, .height = image.height, .channels = 1, .values = {}};
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const auto* rgb = &image.rgb[i];  // ITU-R 601 in 16-bit fixed point, as Pillow has it
    grey.values.push_back(
        std::uint8_t((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16));
  }
  return tensor_of(resized_bytes(grey, extent)).to(torch::kFloat) / 255;
}

Tensor mask_at(const Image& image, Extent extent) {
  return brightness_at(image, extent).ge(0.5).to(torch::kFloat);
}

}  // namespace imagine::models
