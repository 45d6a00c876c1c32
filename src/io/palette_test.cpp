#include "io/palette.h"

#include <gtest/gtest.h>

namespace imagine::io {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

/// One row of so many pixels of each colour.
Image stripes(const std::vector<std::pair<Rgb, int>>& colours) {
  Image image{.width = 0, .height = 1, .rgb = {}};
  for (const auto& [rgb, count] : colours) {
    for (int i = 0; i < count; ++i) image.rgb.insert(image.rgb.end(), rgb.begin(), rgb.end());
    image.width += count;
  }
  return image;
}

TEST(Palette, LabIsWhatTheStandardSays) {
  const auto near = [](const Rgb& rgb, const Lab& expected) {
    const auto lab = lab_of(rgb);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(lab[i], expected[i], 0.02) << int(rgb[0]);
  };
  near({255, 255, 255}, {100, 0, 0});
  near({0, 0, 0}, {0, 0, 0});
  near({255, 0, 0}, {53.24, 80.09, 67.20});  // Lindbloom's calculator, D65
  near({0, 0, 255}, {32.30, 79.19, -107.86});
  for (const auto& rgb : {Rgb{160, 82, 45}, Rgb{135, 206, 235}, Rgb{1, 2, 3}, Rgb{250, 251, 9}}) {
    EXPECT_EQ(rgb_of(lab_of(rgb)), rgb);
  }
}

/// Of what comes out, how many pixels have each of the colours, near enough.
std::vector<int> counts(const Image& image, const std::vector<Rgb>& colours) {
  std::vector<int> all(colours.size());
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const auto lab = lab_of({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]});
    for (std::size_t k = 0; k < colours.size(); ++k) {
      if (difference_of(lab, lab_of(colours[k])) < 5) ++all[k];
    }
  }
  return all;
}

constexpr Rgb kRed{200, 40, 40}, kBlue{40, 40, 200}, kSand{220, 200, 150};

std::vector<Swatch> swatches(const std::vector<std::pair<Rgb, double>>& colours) {
  std::vector<Swatch> all;
  for (const auto& [rgb, share] : colours) all.push_back({.colour = lab_of(rgb), .share = share});
  return all;
}

TEST(MovedTo, EachColourGetsItsShareOfWhatLiesNearestToIt) {
  const auto image = stripes({{{120, 30, 60}, 30}, {{90, 110, 140}, 70}});
  const auto moved = moved_to(image, {.palette = swatches({{kRed, 0.3}, {kBlue, 0.7}})});
  EXPECT_EQ(counts(moved, {kRed, kBlue}), (std::vector<int>{30, 70}));
  EXPECT_EQ(moved.rgb[0], moved.rgb[29 * 3]) << "equal pixels stay equal";
  const auto less = moved_to(image, {.palette = swatches({{kRed, 0.1}, {kBlue, 0.9}})});
  EXPECT_LT(less.rgb[0], moved.rgb[0]) << "what takes both colours lies between them";
  EXPECT_EQ(counts(less, {kRed, kBlue})[1], 70);
}

TEST(MovedTo, WithoutSharesColoursTakeWhatIsNear) {
  const auto image = stripes({{{190, 50, 50}, 90}, {{50, 50, 190}, 10}});
  const auto moved = moved_to(
      image, {.palette = swatches({{kRed, 0}, {kBlue, 0}, {kSand, 0}}), .shares_told = false});
  EXPECT_EQ(counts(moved, {kRed, kBlue, kSand}), (std::vector<int>{90, 10, 0}));
}

TEST(MovedTo, ShadesStayWithinAColour) {
  const auto image = stripes({{{90, 90, 90}, 1}, {{110, 110, 110}, 1}, {{130, 130, 130}, 1}});
  const auto shades = [&](double variety) {
    const auto moved = moved_to(image, {.palette = swatches({{kSand, 1}}), .variety = variety});
    return int(moved.rgb[6]) - int(moved.rgb[0]);
  };
  EXPECT_EQ(shades(0), 0);
  EXPECT_GT(shades(1), 30);
  EXPECT_NEAR(shades(0.5), shades(1) / 2.0, 3);
}

/// Pairs of the published test data (Sharma, Wu and Dalal 2005, table 1).
TEST(Palette, DifferencesAreThoseOfTheTable) {
  EXPECT_NEAR(difference_of({50, 2.6772, -79.7751}, {50, 0, -82.7485}), 2.0425, 1e-4);
  EXPECT_NEAR(difference_of({50, -1.3802, -84.2814}, {50, 0, -82.7485}), 1.0000, 1e-4);
  EXPECT_NEAR(difference_of({50, 0, 0}, {50, -1, 2}), 2.3669, 1e-4);
  EXPECT_NEAR(difference_of({50, 2.49, -0.001}, {50, -2.49, 0.0009}), 7.1792, 1e-4);
  EXPECT_NEAR(difference_of({50, 2.5, 0}, {73, 25, -18}), 27.1492, 1e-4);
  EXPECT_NEAR(difference_of({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}), 1.2644,
              1e-4);
  EXPECT_NEAR(difference_of({2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}), 0.9082, 1e-4);
}

TEST(Palette, FindsColoursAndTheirShares) {
  const auto palette =
      palette_of(stripes({{{200, 30, 30}, 60}, {{20, 40, 200}, 30}, {{9, 9, 9}, 10}}), 3);
  ASSERT_EQ(palette.size(), 3u);
  EXPECT_EQ(rgb_of(palette[0].colour), (Rgb{200, 30, 30}));
  EXPECT_DOUBLE_EQ(palette[0].share, 0.6);
  EXPECT_EQ(rgb_of(palette[1].colour), (Rgb{20, 40, 200}));
  EXPECT_DOUBLE_EQ(palette[2].share, 0.1);
}

TEST(Palette, HasNoMoreColoursThanThePicture) {
  EXPECT_EQ(palette_of(stripes({{{7, 80, 3}, 5}}), 6).size(), 1u);
  EXPECT_EQ(palette_of(stripes({{{7, 80, 3}, 5}, {{200, 1, 3}, 5}}), 6).size(), 2u);
  EXPECT_TRUE(palette_of(Image{}, 6).empty());
}

TEST(Palette, OfFewerColoursEachIsTheMeanOfItsOwn) {
  const auto palette =
      palette_of(stripes({{{100, 100, 100}, 10}, {{110, 110, 110}, 10}, {{250, 0, 0}, 5}}), 2);
  ASSERT_EQ(palette.size(), 2u);
  EXPECT_DOUBLE_EQ(palette[0].share, 0.8);
  EXPECT_NEAR(palette[0].colour[0], (lab_of({100, 100, 100})[0] + lab_of({110, 110, 110})[0]) / 2,
              1e-9);
}

}  // namespace
}  // namespace imagine::io
