#include "io/color.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <lcms2.h>
#include <vector>

#include "imagine/error.h"

namespace imagine::io {
namespace {

using Levels = std::vector<std::uint8_t>;

/// The bytes of a profile that lcms made; closes it.
std::string bytes_of(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::string icc(size, '\0');
  cmsSaveProfileToMem(profile, icc.data(), &size);
  cmsCloseProfile(profile);
  return icc;
}

std::string gray_icc(double gamma) {
  auto* curve = cmsBuildGamma(nullptr, gamma);
  auto icc = bytes_of(cmsCreateGrayProfile(cmsD50_xyY(), curve));
  cmsFreeToneCurve(curve);
  return icc;
}

constexpr Chromaticities kDisplayP3{0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};

Levels converted(const ToSrgb& way, Levels pixels) {
  way.convert(pixels.data(), pixels.data(), pixels.size() / 4);
  return pixels;
}

TEST(ToSrgb, IsNothingForSrgbHoweverItIsTold) {
  EXPECT_FALSE(ToSrgb({}, Samples::rgba));
  const auto icc = bytes_of(cmsCreate_sRGBProfile());
  for (const auto samples : {Samples::rgba, Samples::rgba16, Samples::gray, Samples::gray16}) {
    EXPECT_TRUE(ColorProfile::of_icc(icc));
    EXPECT_FALSE(ToSrgb(ColorProfile::of_icc(icc), samples));
    EXPECT_FALSE(ToSrgb(ColorProfile::of_gamma(std::nullopt, kSrgbChromaticities), samples));
    EXPECT_FALSE(ToSrgb(ColorProfile::of_gamma(1 / 2.2, kSrgbChromaticities), samples));
    for (const int transfer : {0, 1, 2, 6, 13, 14, 15, 200}) {
      EXPECT_FALSE(ToSrgb(ColorProfile::of_code_points(1, transfer, "x"), samples)) << transfer;
    }
  }
}

TEST(ToSrgb, WidensNarrowPrimariesAndKeepsGreyAndAlpha) {
  const ToSrgb way(ColorProfile::of_gamma(std::nullopt, kDisplayP3), Samples::rgba);
  ASSERT_TRUE(way);
  const auto seen = converted(way, {200, 100, 100, 7, 128, 128, 128, 255, 255, 255, 255, 0});
  EXPECT_GT(seen[0], 205);
  EXPECT_LT(seen[1], 99);
  EXPECT_EQ((Levels{seen[3], seen[7], seen[11]}), (Levels{7, 255, 0}));
  for (const std::size_t i : {4, 5, 6}) EXPECT_NEAR(seen[i], 128, 1);
  for (const std::size_t i : {8, 9, 10}) EXPECT_EQ(seen[i], 255);
  const ToSrgb same(ColorProfile::of_code_points(12, 13, "x"), Samples::rgba);
  EXPECT_EQ(converted(same, {200, 100, 100, 7}), converted(way, {200, 100, 100, 7}));
}

TEST(ToSrgb, RaisesLightToItsPower) {
  for (const double gamma : {1.0, 0.7, 1 / 1.8, 0.3}) {
    const ToSrgb way(ColorProfile::of_gamma(gamma, kSrgbChromaticities), Samples::rgba);
    const ToSrgb wide(ColorProfile::of_gamma(gamma, kSrgbChromaticities), Samples::rgba16);
    for (int level = 0; level < 256; level += 5) {
      const double light = std::pow(level / 255.0, 1 / gamma);
      const double srgb =
          light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
      const auto byte = std::uint8_t(level);
      EXPECT_NEAR(converted(way, {byte, byte, byte, 9})[1], 255 * srgb, 1.5) << gamma << level;
      const std::array<std::uint16_t, 4> samples{0, std::uint16_t(257 * level), 65535, 257 * 200};
      Levels seen(4);
      wide.convert(samples.data(), seen.data(), 1);
      EXPECT_EQ(seen[0], 0);
      EXPECT_NEAR(seen[1], 255 * srgb, 1) << gamma << level;
      EXPECT_EQ(seen[2], 255);
      EXPECT_EQ(seen[3], 200);
    }
  }
}

TEST(ToSrgb, TakesAProfileForTheSamplesThatItIsFor) {
  const auto gray = ColorProfile::of_icc(gray_icc(1));
  EXPECT_TRUE(ToSrgb(gray, Samples::gray));
  EXPECT_TRUE(ToSrgb(gray, Samples::gray16));
  for (const auto samples : {Samples::rgba, Samples::rgba16, Samples::ink, Samples::inverse_ink}) {
    EXPECT_FALSE(ToSrgb(gray, samples));
  }
  const auto seen = converted(ToSrgb(gray, Samples::gray), {55, 55, 55, 3});
  EXPECT_NEAR(seen[0], 128, 1);
  EXPECT_EQ(seen, (Levels{seen[0], seen[0], seen[0], 3}));
  const auto rgb = ColorProfile::of_gamma(1.0, kSrgbChromaticities);
  EXPECT_TRUE(ToSrgb(rgb, Samples::gray));
  EXPECT_FALSE(ToSrgb(rgb, Samples::ink));
}

TEST(ColorProfile, IsNothingWhereItMakesNoSense) {
  EXPECT_FALSE(ColorProfile::of_icc(""));
  EXPECT_FALSE(ColorProfile::of_icc("no profile"));
  EXPECT_FALSE(ColorProfile::of_icc(bytes_of(cmsCreateLab2Profile(nullptr)))) << "no device's";
  for (const double gamma : {0.0, -1.0, 1e9, std::nan("")}) {
    EXPECT_FALSE(ColorProfile::of_gamma(gamma, kSrgbChromaticities)) << gamma;
  }
  auto flat = kSrgbChromaticities;
  flat.green_x = flat.red_x, flat.green_y = flat.red_y;
  EXPECT_FALSE(ColorProfile::of_gamma(std::nullopt, flat));
  EXPECT_FALSE(ColorProfile::of_gamma(std::nullopt, {}));
  EXPECT_THROW(ColorProfile::of_code_points(9, 16, "x"), FormatError);
  EXPECT_THROW(ColorProfile::of_code_points(9, 18, "x"), FormatError);
}

TEST(ColorProfile, OfUnknownColoursTakesNothingToSrgb) {
  auto icc = bytes_of(cmsCreate_sRGBProfile());
  icc.replace(16, 4, "\xc7\x52\x47\x99");
  for (const auto samples : {Samples::rgba, Samples::gray16, Samples::ink}) {
    EXPECT_FALSE(ToSrgb(ColorProfile::of_icc(icc), samples));
  }
}

TEST(ColorProfile, SurvivesEveryPrefixAndFlip) {
  for (const auto& icc : {bytes_of(cmsCreate_sRGBProfile()), gray_icc(1.7)}) {
    for (std::size_t place = 0; place < icc.size(); place += 3) {
      auto broken = icc;
      broken[place] = char(~broken[place]);
      for (const auto& bytes : {broken, icc.substr(0, place)}) {
        const ToSrgb way(ColorProfile::of_icc(bytes), Samples::gray);
        if (way) converted(way, {1, 1, 1, 4});
      }
    }
  }
}

TEST(MixInk, LeavesTheLightThatNoInkTakes) {
  Levels ink{0, 155, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0}, inverse = ink;
  mix_ink(ink.data(), 3, Samples::ink);
  EXPECT_EQ(ink, (Levels{255, 100, 0, 255, 0, 0, 0, 255, 255, 255, 255, 255}));
  for (auto& value : inverse) value = std::uint8_t(255 - value);
  mix_ink(inverse.data(), 3, Samples::inverse_ink);
  EXPECT_EQ(inverse, ink);
}

}  // namespace
}  // namespace imagine::io
