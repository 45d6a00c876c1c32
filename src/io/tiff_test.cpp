#include <algorithm>
#include <gmock/gmock.h>
#include <tiffio.h>

#include "imagine/error.h"
#include "io/image_file.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

constexpr int kSide = 2;  // pixels

/// A picture of one colour, its samples as they stand in the file.
Bytes tiff(std::uint16_t photometric, const std::vector<std::uint8_t>& pixel,
           std::optional<std::uint16_t> extra = {}) {
  const TemporaryFolder folder;
  const auto path = folder / "a.tif";
  TIFF* file = TIFFOpen(path.c_str(), "w");
  TIFFSetField(file, TIFFTAG_IMAGEWIDTH, kSide);
  TIFFSetField(file, TIFFTAG_IMAGELENGTH, kSide);
  TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, int(pixel.size()));
  TIFFSetField(file, TIFFTAG_PHOTOMETRIC, photometric);
  TIFFSetField(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  if (extra) TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, &*extra);
  std::vector<std::uint8_t> row;
  for (int x = 0; x < kSide; ++x) row.insert(row.end(), pixel.begin(), pixel.end());
  for (int y = 0; y < kSide; ++y) TIFFWriteScanline(file, row.data(), std::uint32_t(y));
  TIFFClose(file);
  return read_file(path);
}

TEST(Tiff, WhatStandsBesideTheColoursIsAlphaOnlyWhereTheFileSaysSo) {
  const auto drawn = [](std::optional<std::uint16_t> extra) {
    const auto image = decode_image(tiff(PHOTOMETRIC_RGB, {200, 100, 50, 0}, extra), "a.tif");
    return std::vector<int>(image.rgba.begin(), image.rgba.begin() + 4);
  };
  EXPECT_THAT(drawn(EXTRASAMPLE_UNSPECIFIED), testing::ElementsAre(200, 100, 50, 255));
  EXPECT_EQ(drawn(EXTRASAMPLE_UNASSALPHA)[3], 0);
}

TEST(Tiff, OtherKindsOfColoursAreRefused) {
  EXPECT_THAT(
      [] {
        decode_image(tiff(PHOTOMETRIC_CIELAB, {128, 10, 20}), "a.tif");
      },
      testing::ThrowsMessage<FormatError>(testing::HasSubstr("another kind of colours")));
  EXPECT_THROW(decode_image(tiff(PHOTOMETRIC_ICCLAB, {128, 10, 20}), "a.tif"), FormatError);
}

}  // namespace
}  // namespace imagine::io
