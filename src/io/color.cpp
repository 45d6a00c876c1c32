#include "io/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <lcms2.h>
#include <vector>

#include "core/check.h"

namespace imagine::io {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLargestProfile = 16 << 20;  // those of printers reach 4 MB
constexpr int kIntent = INTENT_PERCEPTUAL;

struct CurveDeleter {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using Curve = std::unique_ptr<cmsToneCurve, CurveDeleter>;

/// IEC 61966-2-1, as ICC's parametric curve of type 4.
Curve srgb_curve() {
  const std::array<double, 5> parameters{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  return Curve(cmsBuildParametricToneCurve(nullptr, 4, parameters.data()));
}

Curve power_curve(double exponent) { return Curve(cmsBuildGamma(nullptr, exponent)); }

void* rgb_profile(const Chromaticities& c, const Curve& curve) {
  const auto inside = [](double x, double y) { return x >= 0 && y > 1e-4 && x + y <= 1.0001; };
  const bool sound = inside(c.white_x, c.white_y) && inside(c.red_x, c.red_y) &&
                     inside(c.green_x, c.green_y) && inside(c.blue_x, c.blue_y);
  const double area =
      (c.green_x - c.red_x) * (c.blue_y - c.red_y) - (c.blue_x - c.red_x) * (c.green_y - c.red_y);
  if (!sound || std::abs(area) < 1e-4 || !curve) return nullptr;
  const cmsCIExyY white{c.white_x, c.white_y, 1};
  const cmsCIExyYTRIPLE primaries{
      {c.red_x, c.red_y, 1}, {c.green_x, c.green_y, 1}, {c.blue_x, c.blue_y, 1}};
  std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  return cmsCreateRGBProfile(&white, &primaries, curves.data());
}

std::optional<Chromaticities> primaries_of(int code) {
  constexpr double kD65x = 0.3127, kD65y = 0.3290, kCx = 0.310, kCy = 0.316;
  switch (code) {
    case 4:
      return Chromaticities{kCx, kCy, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08};
    case 5:
      return Chromaticities{kD65x, kD65y, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06};
    case 6:
    case 7:
      return Chromaticities{kD65x, kD65y, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070};
    case 8:
      return Chromaticities{kCx, kCy, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049};
    case 9:
      return Chromaticities{kD65x, kD65y, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046};
    case 11:
      return Chromaticities{0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
    case 12:
      return Chromaticities{kD65x, kD65y, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
    case 22:
      return Chromaticities{kD65x, kD65y, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077};
    default:
      return std::nullopt;
  }
}

/// Four letters as a number. Headers are read here: what stands in one need not be a value of lcms'
/// enumerations.
std::uint32_t signature(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | std::uint8_t(bytes[i]);
  return value;
}

struct Layout {
  cmsUInt32Number format;
  cmsColorSpaceSignature space;
};

Layout layout_of(Samples samples) {
  constexpr cmsUInt32Number kGray = COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(3);
  switch (samples) {
    case Samples::rgba16:
      return {TYPE_RGBA_16, cmsSigRgbData};
    case Samples::gray:
      return {kGray | BYTES_SH(1), cmsSigGrayData};
    case Samples::gray16:
      return {kGray | BYTES_SH(2), cmsSigGrayData};
    case Samples::ink:
      return {TYPE_CMYK_8, cmsSigCmykData};
    case Samples::inverse_ink:
      return {TYPE_CMYK_8_REV, cmsSigCmykData};
    case Samples::rgba:
      break;
  }
  return {TYPE_RGBA_8, cmsSigRgbData};
}

bool is_ink(Samples samples) { return samples == Samples::ink || samples == Samples::inverse_ink; }

bool is_wide(Samples samples) { return samples == Samples::rgba16 || samples == Samples::gray16; }

/// Whether it leaves a cube of colours where it was, to one step.
bool changes_nothing(void* transform, bool wide) {
  constexpr int kSteps = 16;  // of 17: 0, 17 ... 255
  std::vector<std::uint16_t> wide_colors;
  std::vector<std::uint8_t> colors;
  for (int i = 0; i < kSteps * kSteps * kSteps; ++i) {
    for (const int step : {i / kSteps / kSteps, i / kSteps % kSteps, i % kSteps, kSteps - 1}) {
      colors.push_back(std::uint8_t(17 * step));
      wide_colors.push_back(std::uint16_t(257 * 17 * step));
    }
  }
  const auto count = cmsUInt32Number(colors.size() / 4);
  std::vector<std::uint8_t> seen(colors.size(), 255);
  cmsDoTransform(transform, wide ? static_cast<void*>(wide_colors.data()) : colors.data(),
                 seen.data(), count);
  for (std::size_t i = 0; i < colors.size(); ++i) {
    if (std::abs(int(colors[i]) - int(seen[i])) > 1) return false;
  }
  return true;
}

/// The same of grey, whose samples lie in the first of four.
bool leaves_gray(void* transform, bool wide) {
  for (int value = 0; value < 256; ++value) {
    const std::array<std::uint8_t, 4> narrow_from{std::uint8_t(value)};
    const std::array<std::uint16_t, 4> wide_from{std::uint16_t(257 * value)};
    std::array<std::uint8_t, 4> seen{};
    cmsDoTransform(transform,
                   wide ? static_cast<const void*>(wide_from.data()) : narrow_from.data(),
                   seen.data(), 1);
    for (const int channel : {0, 1, 2}) {
      if (std::abs(int(seen[std::size_t(channel)]) - value) > 1) return false;
    }
  }
  return true;
}

}  // namespace

const Chromaticities kSrgbChromaticities{0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};

ColorProfile::ColorProfile(void* profile, std::uint32_t space) : space_(space) {
  if (profile != nullptr) profile_.reset(profile, cmsCloseProfile);
}

ColorProfile ColorProfile::of_icc(std::string_view icc) {
  constexpr std::size_t kHeader = 128, kClass = 12, kSpace = 16;
  constexpr std::array kDevices{"scnr"sv, "mntr"sv, "prtr"sv, "spac"sv};
  if (icc.size() < kHeader || icc.size() > kLargestProfile) return {};
  if (std::ranges::find(kDevices, icc.substr(kClass, 4)) == kDevices.end()) return {};
  return {cmsOpenProfileFromMem(icc.data(), cmsUInt32Number(icc.size())), signature(icc, kSpace)};
}

ColorProfile ColorProfile::of_gamma(std::optional<double> gamma,
                                    const Chromaticities& chromaticities) {
  constexpr double kUsual = 0.45455, kClose = 0.05;
  if (gamma && !(*gamma > 0.01 && *gamma < 100)) return {};
  const bool usual = !gamma || std::abs(*gamma / kUsual - 1) < kClose;
  return {rgb_profile(chromaticities, usual ? srgb_curve() : power_curve(1 / *gamma)),
          cmsSigRgbData};
}

ColorProfile ColorProfile::of_code_points(int primaries, int transfer, const std::string& where) {
  constexpr int kGamma22 = 4, kGamma28 = 5, kLinear = 8, kPq = 16, kHlg = 18;
  check<FormatError>(transfer != kPq && transfer != kHlg, where,
                     ": expected a picture of standard dynamic range, got one of high (",
                     transfer == kPq ? "PQ" : "HLG", ")");
  auto curve = srgb_curve();
  if (transfer == kGamma22) curve = power_curve(2.2);
  if (transfer == kGamma28) curve = power_curve(2.8);
  if (transfer == kLinear) curve = power_curve(1);
  return {rgb_profile(primaries_of(primaries).value_or(kSrgbChromaticities), curve), cmsSigRgbData};
}

ToSrgb::ToSrgb(const ColorProfile& profile, Samples samples) : samples_(samples) {
  if (!profile) return;
  const auto space = profile.space_;
  if (space == cmsSigRgbData && samples == Samples::gray) samples_ = Samples::rgba;
  if (space == cmsSigRgbData && samples == Samples::gray16) samples_ = Samples::rgba16;
  const auto layout = layout_of(samples_);
  if (layout.space != space) return;
  const ColorProfile srgb(cmsCreate_sRGBProfile(), cmsSigRgbData);
  if (!srgb) return;
  // Of 16 bits lcms would make a coarse table: up to 5 steps from what is right.
  const std::shared_ptr<void> transform(
      cmsCreateTransform(profile.profile_.get(), layout.format, srgb.profile_.get(), TYPE_RGBA_8,
                         kIntent, is_wide(samples_) ? cmsFLAGS_NOOPTIMIZE : 0),
      [](void* made) {
        if (made != nullptr) cmsDeleteTransform(made);
      });
  if (!transform) return;
  const bool wide = is_wide(samples_), gray = layout.space == cmsSigGrayData;
  if (!is_ink(samples_) &&
      (gray ? leaves_gray(transform.get(), wide) : changes_nothing(transform.get(), wide))) {
    return;
  }
  transform_ = transform;
}

void ToSrgb::convert(const void* from, std::uint8_t* rgba, std::size_t pixels) const {
  cmsDoTransform(transform_.get(), from, rgba, cmsUInt32Number(pixels));
  for (std::size_t i = 3; i < 4 * pixels; i += 4) {
    if (is_ink(samples_)) {
      rgba[i] = 255;
    } else if (is_wide(samples_)) {
      rgba[i] = std::uint8_t((static_cast<const std::uint16_t*>(from)[i] * 255U + 32767U) / 65535U);
    } else {
      rgba[i] = static_cast<const std::uint8_t*>(from)[i];
    }
  }
}

void mix_ink(std::uint8_t* pixels, std::size_t count, Samples samples) {
  for (auto* pixel = pixels; pixel != pixels + 4 * count; pixel += 4) {
    if (samples == Samples::ink) {
      for (int i = 0; i < 4; ++i) pixel[i] = std::uint8_t(255 - pixel[i]);
    }
    for (int i = 0; i < 3; ++i) pixel[i] = std::uint8_t((pixel[i] * pixel[3] + 127) / 255);
    pixel[3] = 255;
  }
}

}  // namespace imagine::io
