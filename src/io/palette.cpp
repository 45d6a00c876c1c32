#include "io/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace imagine::io {
namespace {

constexpr std::array<double, 3> kWhite = {0.95047, 1, 1.08883};  // D65, Y = 1
constexpr double kCube = 6.0 / 29;                               // where Lab's curve becomes a line
constexpr int kRounds = 12;
constexpr std::size_t kMostPixels = 4096;
constexpr double kSettled = 1e-3;  // in Lab: centres that move less stay

double linear(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double encoded(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

double square(double value) { return value * value; }

double distance(const Lab& a, const Lab& b) {
  return square(a[0] - b[0]) + square(a[1] - b[1]) + square(a[2] - b[2]);
}

std::vector<Lab> some_pixels(const Image& image) {
  const auto pixels = image.rgb.size() / 3;
  const auto taken = std::min(pixels, kMostPixels);
  std::vector<Lab> colours;
  for (std::size_t i = 0; i < taken; ++i) {
    const auto* rgb = image.rgb.data() + i * pixels / taken * 3;
    colours.push_back(lab_of({rgb[0], rgb[1], rgb[2]}));
  }
  return colours;
}

/// The darkest, then always the one farthest from those before; fewer where there are no others.
std::vector<Lab> first_centres(const std::vector<Lab>& colours, int count) {
  std::vector<Lab> centres = {*std::ranges::min_element(colours)};
  std::vector<double> away(colours.size(), std::numeric_limits<double>::infinity());
  while (std::ssize(centres) < count) {
    for (std::size_t i = 0; i < colours.size(); ++i) {
      away[i] = std::min(away[i], distance(colours[i], centres.back()));
    }
    const auto farthest = std::ranges::max_element(away);
    if (*farthest < 1) break;
    centres.push_back(colours[std::size_t(farthest - away.begin())]);
  }
  return centres;
}

std::size_t nearest(const std::vector<Lab>& centres, const Lab& colour) {
  const auto away = [&](const Lab& centre) { return distance(centre, colour); };
  return std::size_t(std::ranges::min_element(centres, {}, away) - centres.begin());
}

double degrees(double radians) { return radians * 180 / std::numbers::pi; }
double radians(double degrees) { return degrees * std::numbers::pi / 180; }

double hue_of(double a, double b) {
  if (a == 0 && b == 0) return 0;
  const double angle = degrees(std::atan2(b, a));
  return angle < 0 ? angle + 360 : angle;
}

/// From one hue to the other on the shorter way, -180 .. 180.
double turn(double from, double to) {
  const double angle = to - from;
  return angle > 180 ? angle - 360 : angle < -180 ? angle + 360 : angle;
}

}  // namespace

Lab lab_of(const std::array<std::uint8_t, 3>& rgb) {
  const double r = linear(rgb[0] / 255.0), g = linear(rgb[1] / 255.0), b = linear(rgb[2] / 255.0);
  const std::array<double, 3> xyz = {0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
                                     0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
                                     0.0193339 * r + 0.1191920 * g + 0.9503041 * b};
  std::array<double, 3> f{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double part = xyz[i] / kWhite[i];
    f[i] = part > kCube * kCube * kCube ? std::cbrt(part) : part / (3 * kCube * kCube) + 4.0 / 29;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

std::array<std::uint8_t, 3> rgb_of(const Lab& lab) {
  const double y = (lab[0] + 16) / 116;
  const std::array<double, 3> f = {y + lab[1] / 500, y, y - lab[2] / 200};
  std::array<double, 3> xyz{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double part = f[i] > kCube ? f[i] * f[i] * f[i] : 3 * kCube * kCube * (f[i] - 4.0 / 29);
    xyz[i] = part * kWhite[i];
  }
  const std::array<double, 3> light = {
      3.2404542 * xyz[0] - 1.5371385 * xyz[1] - 0.4985314 * xyz[2],
      -0.9692660 * xyz[0] + 1.8760108 * xyz[1] + 0.0415560 * xyz[2],
      0.0556434 * xyz[0] - 0.2040259 * xyz[1] + 1.0572252 * xyz[2]};
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i) {
    rgb[i] = std::uint8_t(std::lround(255 * std::clamp(encoded(light[i]), 0.0, 1.0)));
  }
  return rgb;
}

double difference_of(const Lab& one, const Lab& other) {
  const auto chroma = [](double a, double b) { return std::hypot(a, b); };
  const double mean = (chroma(one[1], one[2]) + chroma(other[1], other[2])) / 2;
  const auto grey = [](double c) {
    return std::sqrt(std::pow(c, 7) / (std::pow(c, 7) + 6103515625.0));
  };
  const double widened = 1 + 0.5 * (1 - grey(mean));
  const double a1 = one[1] * widened, a2 = other[1] * widened;
  const double c1 = chroma(a1, one[2]), c2 = chroma(a2, other[2]);
  const double h1 = hue_of(a1, one[2]), h2 = hue_of(a2, other[2]);
  const bool coloured = c1 * c2 > 0;
  const double turned = coloured ? turn(h1, h2) : 0;
  const double lightness = other[0] - one[0], saturation = c2 - c1;
  const double hue = 2 * std::sqrt(c1 * c2) * std::sin(radians(turned / 2));
  const double l = (one[0] + other[0]) / 2, c = (c1 + c2) / 2;
  double h = h1 + h2;
  if (coloured) {
    h /= 2;
    if (std::abs(h1 - h2) > 180) h += h < 180 ? 180 : -180;
  }
  const double t = 1 - 0.17 * std::cos(radians(h - 30)) + 0.24 * std::cos(radians(2 * h)) +
                   0.32 * std::cos(radians(3 * h + 6)) - 0.20 * std::cos(radians(4 * h - 63));
  const double by_lightness = 1 + 0.015 * square(l - 50) / std::sqrt(20 + square(l - 50));
  const double by_chroma = 1 + 0.045 * c, by_hue = 1 + 0.015 * c * t;
  const double tilt = -std::sin(radians(60 * std::exp(-square((h - 275) / 25)))) * 2 * grey(c);
  const double x = lightness / by_lightness, y = saturation / by_chroma, z = hue / by_hue;
  return std::sqrt(std::max(0.0, x * x + y * y + z * z + tilt * y * z));
}

std::vector<Swatch> palette_of(const Image& image, int count) {
  const auto colours = some_pixels(image);
  if (colours.empty() || count < 1) return {};
  auto centres = first_centres(colours, count);
  std::vector<Swatch> sums;
  for (int round = 0; round < kRounds; ++round) {
    sums.assign(centres.size(), {});
    for (const auto& colour : colours) {
      auto& [sum, members] = sums[nearest(centres, colour)];
      for (std::size_t i = 0; i < 3; ++i) sum[i] += colour[i];
      ++members;
    }
    double moved = 0;
    for (std::size_t k = 0; k < centres.size(); ++k) {
      auto& [sum, members] = sums[k];
      if (members == 0) continue;
      for (auto& value : sum) value /= members;
      moved = std::max(moved, distance(sum, centres[k]));
      centres[k] = sum;
    }
    if (moved < kSettled) break;
  }
  std::erase_if(sums, [](const Swatch& swatch) { return swatch.share == 0; });
  for (auto& swatch : sums) swatch.share /= double(colours.size());
  std::ranges::stable_sort(sums, std::ranges::greater(), &Swatch::share);
  return sums;
}

namespace {

constexpr double kNear = 12;  // in Lab: colours that far apart are shared out softly
constexpr int kSinkhornRounds = 30;
constexpr double kLoose = 0.5;  // how firmly shares hold that nobody told
constexpr double kLeast = 1e-300;

/// How much of each pixel takes each colour: [pixels x colours], each pixel's sum is 1.
std::vector<double> taken(const std::vector<Lab>& pixels, const PaletteMove& move) {
  const auto colours = move.palette.size();
  std::vector<double> nearness(pixels.size() * colours), weight(colours, 1), sums(colours);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    auto* own = &nearness[i * colours];
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < colours; ++k) {
      own[k] = distance(pixels[i], move.palette[k].colour) / (2 * kNear * kNear);
      least = std::min(least, own[k]);
    }
    for (std::size_t k = 0; k < colours; ++k) own[k] = std::exp(least - own[k]);
  }
  double told = 0;
  for (const auto& swatch : move.palette) told += swatch.share;
  for (int round = 0; round < kSinkhornRounds; ++round) {
    std::ranges::fill(sums, kLeast);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const auto* own = &nearness[i * colours];
      double all = kLeast;
      for (std::size_t k = 0; k < colours; ++k) all += own[k] * weight[k];
      for (std::size_t k = 0; k < colours; ++k) sums[k] += own[k] / all;
    }
    for (std::size_t k = 0; k < colours; ++k) {
      const auto share = move.shares_told ? move.palette[k].share / told : 1.0 / double(colours);
      const auto wanted = share * double(pixels.size()) / sums[k];
      weight[k] = move.shares_told ? wanted : std::pow(wanted, kLoose);
    }
  }
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    auto* own = &nearness[i * colours];
    double all = kLeast;
    for (std::size_t k = 0; k < colours; ++k) all += own[k] *= weight[k];
    for (std::size_t k = 0; k < colours; ++k) own[k] /= all;
  }
  return nearness;
}

}  // namespace

Image moved_to(const Image& image, const PaletteMove& move) {
  std::vector<Lab> pixels;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    pixels.push_back(lab_of({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]}));
  }
  const auto colours = move.palette.size();
  const auto parts = taken(pixels, move);
  std::vector<Lab> means(colours);
  std::vector<double> sums(colours, kLeast);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    for (std::size_t k = 0; k < colours; ++k) {
      const auto part = parts[i * colours + k];
      sums[k] += part;
      for (std::size_t c = 0; c < 3; ++c) means[k][c] += part * pixels[i][c];
    }
  }
  auto moved = image;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    Lab lab{};
    for (std::size_t k = 0; k < colours; ++k) {
      const auto& colour = move.palette[k].colour;
      for (std::size_t c = 0; c < 3; ++c) {
        const auto apart = pixels[i][c] - means[k][c] / sums[k];
        lab[c] += parts[i * colours + k] * (colour[c] + move.variety * apart);
      }
    }
    const auto rgb = rgb_of(lab);
    std::ranges::copy(rgb, &moved.rgb[i * 3]);
  }
  return moved;
}

}  // namespace imagine::io
