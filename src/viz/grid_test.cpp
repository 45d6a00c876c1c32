#include "viz/grid.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "core/check.h"

/// Asked by the leak sanitizer: Fontconfig keeps what it has read of fonts until the program ends,
/// and libheif 1.15 forgets 40 bytes of dav1d's for a broken AVIF.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\nleak:libdav1d"; }

namespace imagine::viz {
namespace {

using Color = std::vector<std::uint8_t>;

const Color kWhite{255, 255, 255};
const Color kRed{255, 0, 0};
const Color kBlue{0, 0, 255};

Image plain(int width, int height, const Color& color) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    image.rgb.insert(image.rgb.end(), color.begin(), color.end());
  }
  return image;
}

Color color_at(const Image& image, int x, int y) { return {image.at(x, y), image.at(x, y) + 3}; }

/// How many pixels of the rows from `top` on are not white.
int ink(const Image& image, int top, int bottom) {
  int count = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < image.width; ++x) count += color_at(image, x, y) != kWhite;
  }
  return count;
}

TEST(ContactSheet, PlacesPicturesInRows) {
  const auto sheet =
      contact_sheet({plain(10, 8, kRed), plain(6, 4, kBlue), plain(10, 8, kBlue)}, 2);
  EXPECT_EQ(sheet.width, 24);
  EXPECT_EQ(sheet.height, 20);
  EXPECT_EQ(color_at(sheet, 0, 0), kRed);
  EXPECT_EQ(color_at(sheet, 9, 7), kRed);
  EXPECT_EQ(color_at(sheet, 10, 0), kWhite);  // the gap
  EXPECT_EQ(color_at(sheet, 15, 4), kWhite);  // beside the small one
  EXPECT_EQ(color_at(sheet, 16, 2), kBlue);   // the small one, centred
  EXPECT_EQ(color_at(sheet, 21, 5), kBlue);
  EXPECT_EQ(color_at(sheet, 0, 12), kBlue);
  EXPECT_EQ(color_at(sheet, 23, 19), kWhite);  // the empty cell
}

TEST(ContactSheet, IsNoWiderThanItsPictures) {
  EXPECT_EQ(contact_sheet({plain(5, 5, kRed), plain(5, 5, kRed)}, 8, 0).width, 10);
}

TEST(ContactSheet, RefusesWhatItCannotDraw) {
  const auto red = plain(2, 2, kRed);
  EXPECT_THROW(contact_sheet({}, 1), InputError);
  EXPECT_THROW(contact_sheet({red}, 0), InputError);
  EXPECT_THROW(contact_sheet({red}, 1, -1), InputError);
  EXPECT_THROW(contact_sheet({{2, 2, {1, 2, 3}}}, 1), InputError);
  EXPECT_THROW(contact_sheet({red, plain(20'000, 1, kRed)}, 2), InputError);
}

TEST(LabelledSheet, ScalesPicturesAndWritesCaptions) {
  const auto sheet =
      labelled_sheet({plain(10, 10, kRed), plain(20, 10, kBlue)}, {"una mela è rossa", ""}, 2, 100);
  EXPECT_EQ(sheet.width, 208);
  EXPECT_EQ(color_at(sheet, 0, 0), kRed);
  EXPECT_EQ(color_at(sheet, 99, 99), kRed);
  EXPECT_EQ(color_at(sheet, 158, 10), kWhite);  // above the wide one
  EXPECT_EQ(color_at(sheet, 158, 50), kBlue);
  EXPECT_GT(ink(sheet, 104, sheet.height), 50);
}

TEST(LabelledSheet, KeepsCaptionsWithinTheirCells) {
  const std::string words = "una mela molto rossa su un tavolo vicino a una finestra aperta";
  const std::string one_word(200, 'w');
  for (const auto& caption : {words, one_word, std::string(" ") + one_word, std::string("\n\n")}) {
    const auto white = plain(8, 8, kWhite);
    const auto sheet = labelled_sheet({white, white}, {caption, ""}, 2, 100);
    for (int y = 0; y < sheet.height; ++y) {
      for (int x = 104; x < sheet.width; ++x) ASSERT_EQ(color_at(sheet, x, y), kWhite) << caption;
    }
  }
}

TEST(LabelledSheet, DrawsBrokenText) {
  const auto sheet = labelled_sheet({plain(8, 8, kWhite)}, {"a \xff\xc3 b"}, 1, 100);
  EXPECT_GT(ink(sheet, 100, sheet.height), 20);
}

TEST(LabelledSheet, RefusesWhatItCannotDraw) {
  const auto red = plain(2, 2, kRed);
  EXPECT_THROW(labelled_sheet({red}, {}, 1, 100), InputError);
  EXPECT_THROW(labelled_sheet({red}, {""}, 1, 0), InputError);
  EXPECT_THROW(labelled_sheet({red}, {""}, 1, 32767), InputError);
  EXPECT_THROW(labelled_sheet({}, {}, 1, 100), InputError);
}

}  // namespace
}  // namespace imagine::viz
