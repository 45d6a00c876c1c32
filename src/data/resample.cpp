#include "data/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace imagine::data {
namespace {

double lanczos3(double x) {
  x = std::abs(x);
  if (x < 1e-9) return 1;
  if (x >= 3) return 0;
  const double angle = std::numbers::pi * x;
  return 3 * std::sin(angle) * std::sin(angle / 3) / (angle * angle);
}

/// Catmull and Rom (1974): the cubic with a = -0.5.
double catmull_rom(double x) {
  x = std::abs(x);
  if (x < 1) return 1 + x * x * (1.5 * x - 2.5);
  if (x < 2) return 2 - x * (4 - x * (2.5 - 0.5 * x));
  return 0;
}

/// The source pixels first .. first + weights.size() - 1 that make one target pixel.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> taps_for(int source, int target) {
  const double scale = double(source) / target;
  const bool shrinks = scale > 1;
  const double stretch = shrinks ? scale : 1;
  const double radius = (shrinks ? 3 : 2) * stretch;
  std::vector<Taps> all(target);
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * scale - 0.5;
    Taps& taps = all[i];
    taps.first = std::max(0, int(std::ceil(centre - radius)));
    const int last = std::min(source - 1, int(std::floor(centre + radius)));
    double sum = 0;
    for (int j = taps.first; j <= last; ++j) {
      const double x = (j - centre) / stretch;
      const double weight = shrinks ? lanczos3(x) : catmull_rom(x);
      taps.weights.push_back(float(weight));
      sum += weight;
    }
    for (float& weight : taps.weights) weight = float(weight / sum);
  }
  return all;
}

Pixel weighted(const Pixel* source, std::ptrdiff_t step, const Taps& taps) {
  Pixel sum{};
  const Pixel* pixel = source + taps.first * step;
  for (const float weight : taps.weights) {
    for (int c = 0; c < 4; ++c) sum[c] += weight * (*pixel)[c];
    pixel += step;
  }
  return sum;
}

/// One box blur of a line of `count` values, `step` apart; outside is zero.
void box_blur(float* line, int count, std::ptrdiff_t step, int radius,
              std::vector<float>& scratch) {
  scratch.resize(count);
  for (int i = 0; i < count; ++i) scratch[i] = line[i * step];
  float sum = 0;
  for (int i = 0; i < std::min(radius, count); ++i) sum += scratch[i];
  const float scale = 1.f / float(2 * radius + 1);
  for (int i = 0; i < count; ++i) {
    if (i + radius < count) sum += scratch[i + radius];
    if (i - radius - 1 >= 0) sum -= scratch[i - radius - 1];
    line[i * step] = sum * scale;
  }
}

}  // namespace

Picture to_picture(const io::RgbaImage& image) {
  Picture picture(image.width, image.height);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    const float alpha = image.rgba[i * 4 + 3] / 255.f;
    for (int c = 0; c < 3; ++c) picture.pixels[i][c] = image.rgba[i * 4 + c] / 255.f * alpha;
    picture.pixels[i][3] = alpha;
  }
  return picture;
}

Picture to_picture(const Image& image) {
  Picture picture(image.width, image.height);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    for (int c = 0; c < 3; ++c) picture.pixels[i][c] = image.rgb[i * 3 + c] / 255.f;
    picture.pixels[i][3] = 1;
  }
  return picture;
}

Image to_image(const Picture& picture) {
  Image image{picture.width, picture.height, {}};
  image.rgb.resize(picture.pixels.size() * 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      image.rgb[i * 3 + c] =
          std::uint8_t(std::lround(std::clamp(picture.pixels[i][c], 0.f, 1.f) * 255.f));
    }
  }
  return image;
}

Picture resize(const Picture& picture, int width, int height) {
  const auto columns = taps_for(picture.width, width);
  Picture narrow(width, picture.height);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < width; ++x) narrow.at(x, y) = weighted(&picture.at(0, y), 1, columns[x]);
  }
  const auto rows = taps_for(picture.height, height);
  Picture result(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      Pixel pixel = weighted(&narrow.at(x, 0), width, rows[y]);
      pixel[3] = std::clamp(pixel[3], 0.f, 1.f);
      for (int c = 0; c < 3; ++c) pixel[c] = std::clamp(pixel[c], 0.f, pixel[3]);
      result.at(x, y) = pixel;
    }
  }
  return result;
}

Picture crop(const Picture& picture, Box box) {
  Picture result(box.width, box.height);
  for (int y = 0; y < box.height; ++y) {
    std::copy_n(&picture.at(box.x, box.y + y), box.width, &result.at(0, y));
  }
  return result;
}

Picture mirrored(const Picture& picture) {
  Picture result = picture;
  for (int y = 0; y < picture.height; ++y) {
    std::reverse(&result.at(0, y), &result.at(0, y) + picture.width);
  }
  return result;
}

Picture blurred_shadow(const Picture& picture, double sigma) {
  // A box of width 2r + 1 has the variance r (r + 1) / 3; three of them add up to sigma squared.
  const int radius = std::max(1, int(std::lround(std::sqrt(sigma * sigma + 0.25) - 0.5)));
  const int margin = 3 * radius;
  Picture shadow(picture.width + 2 * margin, picture.height + 2 * margin);
  std::vector<float> alpha(shadow.pixels.size());
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      alpha[std::size_t(y + margin) * shadow.width + x + margin] = picture.at(x, y)[3];
    }
  }
  std::vector<float> scratch;
  for (int pass = 0; pass < 3; ++pass) {
    for (int y = 0; y < shadow.height; ++y) {
      box_blur(&alpha[std::size_t(y) * shadow.width], shadow.width, 1, radius, scratch);
    }
    for (int x = 0; x < shadow.width; ++x) {
      box_blur(&alpha[x], shadow.height, shadow.width, radius, scratch);
    }
  }
  for (std::size_t i = 0; i < alpha.size(); ++i) shadow.pixels[i] = {0, 0, 0, alpha[i]};
  return shadow;
}

}  // namespace imagine::data
