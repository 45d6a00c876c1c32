#include "io/image_file.h"

#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "core/check.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

constexpr std::array kFormats{ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp};

/// Smooth, so that lossy formats come close.
Image gradient(int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(std::size_t(width) * height * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      auto* pixel = image.at(x, y);
      pixel[0] = std::uint8_t(x * 255 / width);
      pixel[1] = std::uint8_t(y * 255 / height);
      pixel[2] = 100;
    }
  }
  return image;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(int(a.rgb[i]) - int(b.rgb[i]));
  return sum / double(a.rgb.size());
}

class EachFormat : public testing::TestWithParam<ImageFormat> {};
INSTANTIATE_TEST_SUITE_P(ImageFile, EachFormat, testing::ValuesIn(kFormats));

TEST_P(EachFormat, KeepsThePicture) {
  const auto image = gradient(37, 29);
  const auto decoded = flatten(decode_image(encode_image(image, GetParam()), "test"));
  ASSERT_EQ(decoded.width, 37);
  ASSERT_EQ(decoded.height, 29);
  if (GetParam() == ImageFormat::png) {
    EXPECT_EQ(decoded.rgb, image.rgb);
  } else {
    EXPECT_LT(mean_difference(decoded, image), 3);
  }
}

TEST_P(EachFormat, TellsItsExtentByItsHeader) {
  const auto bytes = encode_image(Image{7, 3, std::vector<std::uint8_t>(63)}, GetParam());
  EXPECT_EQ(image_extent(bytes, "picture"), (Extent{7, 3}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      EXPECT_EQ(image_extent(bytes.substr(0, size), "picture"), (Extent{7, 3}));
    } catch (const FormatError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("picture"));
    }
  }
}

TEST_P(EachFormat, KeepsTheProvenance) {
  const std::vector<Provenance> cases{
      {},
      {"a cat\nSteps: 20, Seed: 7", "{\"prompt\":\"a <b> & 'c' \\\" \r\n\"}"},
      {"perché è così: caffè, città, più", "{\"prompt\":\"perché\"}"},
      {"🎨 夕焼けの猫 𝄞", "{\"prompt\":\"🎨 夕焼けの猫\"}"},
      {"夕焼けの猫", ""},
      {"", "{}"},
      {"odd \xff\xc3 bytes", ""},
  };
  for (const auto& given : cases) {
    const auto bytes = encode_image(gradient(9, 5), GetParam(), given);
    const auto read = read_provenance(bytes, "test");
    EXPECT_EQ(read.json, given.json);
    if (given.parameters.find('\xff') == std::string::npos) {
      EXPECT_EQ(read.parameters, given.parameters);
    }
    EXPECT_EQ(decode_image(bytes, "test").width, 9);
  }
}

TEST_P(EachFormat, GivesEqualBytesForEqualInput) {
  const Provenance provenance{"a", "{}"};
  EXPECT_EQ(encode_image(gradient(20, 20), GetParam(), provenance),
            encode_image(gradient(20, 20), GetParam(), provenance));
}

TEST_P(EachFormat, NeverCrashesOnAPrefix) {
  const auto bytes = encode_image(gradient(24, 24), GetParam(), {"é", "{}"});
  int refused = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto prefix = std::string(bytes, 0, size);  // its own memory, so that a sanitizer sees
    try {
      decode_image(prefix, "test");
    } catch (const FormatError&) {
      ++refused;
    }
    try {
      read_provenance(prefix, "test");
    } catch (const FormatError&) {
    }
  }
  EXPECT_GT(refused, int(bytes.size() * 3 / 4));
}

TEST_P(EachFormat, NeverCrashesOnAFlippedByte) {
  const auto bytes = encode_image(gradient(16, 16), GetParam(), {"é", "{}"});
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    auto broken = bytes;
    broken[place] = char(~broken[place]);
    try {
      decode_image(broken, "test", 1'000'000);
    } catch (const FormatError&) {
    }
    try {
      read_provenance(broken, "test");
    } catch (const FormatError&) {
    }
  }
}

TEST_P(EachFormat, RefusesHalfAPicture) {
  const auto bytes = encode_image(gradient(200, 200), GetParam());
  EXPECT_THROW(decode_image(std::string_view(bytes).substr(0, bytes.size() / 2), "test"),
               FormatError);
}

TEST_P(EachFormat, RefusesMorePixelsThanTheLimit) {
  const auto bytes = encode_image(gradient(40, 30), GetParam());
  EXPECT_NO_THROW(decode_image(bytes, "test", 1200));
  try {
    decode_image(bytes, "folder/bomb", 1199);
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("folder/bomb: "));
    EXPECT_THAT(error.what(), testing::HasSubstr("40x30"));
  }
}

/// A JPEG whose EXIF has that orientation, after the first two bytes.
Bytes jpeg_lying(const Image& image, int orientation) {
  const auto jpeg = encode_image(image, ImageFormat::jpeg);
  Bytes segment(
      "\xff\xe1\0\x1e"
      "Exif\0\0"
      "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0",
      32);
  segment[29] = char(orientation);
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

TEST(ImageFile, StandsUprightHoweverTheCameraWasHeld) {
  // Where the first row and the first column of the file are to be seen, as the standard's table
  // says it: 1 top left, 2 top right, 3 bottom right, 4 bottom left, 5 left top, 6 right top,
  // 7 right bottom, 8 left bottom.
  const auto image = gradient(48, 32);  // red grows along the rows, green down the columns
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto bytes = jpeg_lying(image, orientation);
    const auto seen = flatten(decode_image(bytes, "test"));
    const bool on_side = orientation >= 5;
    ASSERT_EQ(seen.width, on_side ? 32 : 48) << orientation;
    ASSERT_EQ(image_extent(bytes, "test"), (Extent{seen.width, seen.height}));
    const bool first_row_below = orientation == 3 || orientation == 4;
    const bool first_column_right = orientation == 2 || orientation == 3;
    const bool first_row_right = orientation == 6 || orientation == 7;
    const bool first_column_below = orientation == 7 || orientation == 8;
    const auto* top_left = seen.at(2, 2);
    const auto expected_red = (on_side ? first_column_below : first_column_right) ? 200 : 0;
    const auto expected_green = (on_side ? first_row_right : first_row_below) ? 200 : 0;
    EXPECT_NEAR(top_left[0], expected_red, 50) << orientation;
    EXPECT_NEAR(top_left[1], expected_green, 50) << orientation;
    const auto* top_right = seen.at(seen.width - 3, 2);
    const int across = on_side ? 1 : 0;  // what changes along a row that is seen
    EXPECT_GT(std::abs(int(top_right[across]) - int(top_left[across])), 120) << orientation;
    EXPECT_LT(std::abs(int(top_right[1 - across]) - int(top_left[1 - across])), 30) << orientation;
  }
}

TEST(ImageFile, RefusesWhatIsNoImage) {
  for (const auto* bytes : {"", "GIF89a", "RIFF", "\x89PNG", "RIFF1234WAVE"}) {
    EXPECT_THROW(decode_image(bytes, "test"), FormatError) << bytes;
    EXPECT_THROW(read_provenance(bytes, "test"), FormatError) << bytes;
  }
}

TEST(ImageFile, RefusesToEncodeAWrongSize) {
  EXPECT_THROW(encode_image(Image{}, ImageFormat::png), InputError);
  EXPECT_THROW(encode_image(Image{2, 2, {1, 2, 3}}, ImageFormat::png), InputError);
  EXPECT_THROW(encode_image(gradient(16384, 1), ImageFormat::webp), InputError);
  EXPECT_THROW(encode_image(gradient(65536, 1), ImageFormat::jpeg), InputError);
}

TEST(ImageFile, CutsTheMetadataThatJpegCannotHold) {
  constexpr std::size_t kMost = 65533;
  for (const std::string letter : {"x", "é", "猫", "🎨", "\xff"}) {
    Provenance longer;
    while (longer.parameters.size() < 2 * kMost) longer.parameters += letter;
    longer.parameters += "a";
    for (int shift = 0; shift < 4; ++shift) {
      longer.parameters.insert(longer.parameters.begin(), 'b');
      const auto held = fitted(longer, ImageFormat::jpeg);
      EXPECT_TRUE(longer.parameters.starts_with(held.parameters));
      EXPECT_EQ((held.parameters.size() - 1 - std::size_t(shift)) % letter.size(), 0U) << "whole";
      EXPECT_GT(make_exif(held.parameters).size(), kMost - 6 - 4);
      const auto bytes = encode_image(gradient(4, 4), ImageFormat::jpeg, longer);
      EXPECT_EQ(decode_image(bytes, "test").width, 4);
      if (letter != "\xff") {
        EXPECT_EQ(read_provenance(bytes, "test").parameters, held.parameters);
      }
    }
  }
  const Provenance json{.parameters = "a cat", .json = std::string(kMost, 'x')};
  EXPECT_EQ(fitted(json, ImageFormat::jpeg).json, "");
  EXPECT_EQ(fitted(json, ImageFormat::jpeg).parameters, "a cat");
  for (const auto format : {ImageFormat::png, ImageFormat::webp}) {
    EXPECT_EQ(read_provenance(encode_image(gradient(4, 4), format, json), "test").json, json.json);
  }
}

TEST(ImageFile, KeepsAlphaWhereTheFormatHasIt) {
  RgbaImage image{16, 16, std::vector<std::uint8_t>(16 * 16 * 4, 90)};
  for (int x = 0; x < 16; ++x) image.row(3)[4 * x + 3] = std::uint8_t(17 * x);
  EXPECT_EQ(decode_image(encode_image(image, ImageFormat::png), "test").rgba, image.rgba);
  auto webp = decode_image(encode_image(image, ImageFormat::webp), "test");
  auto jpeg = decode_image(encode_image(image, ImageFormat::jpeg), "test");
  for (int x = 0; x < 16; ++x) EXPECT_EQ(webp.row(3)[4 * x + 3], 17 * x);
  for (int x = 0; x < 16; ++x) EXPECT_EQ(jpeg.row(3)[4 * x + 3], 255);
  EXPECT_NEAR(jpeg.row(12)[20], 197, 2) << "on white";
}

TEST(ImageFile, WritesNoAlphaWherePicturesAreOpaque) {
  const RgbaImage image{2, 1, {1, 2, 3, 255, 4, 5, 6, 255}};
  for (const auto format : kFormats) {
    EXPECT_EQ(encode_image(image, format), encode_image(Image{2, 1, {1, 2, 3, 4, 5, 6}}, format));
  }
}

TEST(ImageFile, KnowsTheNamesOfFormats) {
  EXPECT_EQ(image_format("png"), ImageFormat::png);
  EXPECT_EQ(image_format("JPG"), ImageFormat::jpeg);
  EXPECT_EQ(image_format("jpeg"), ImageFormat::jpeg);
  EXPECT_EQ(image_format("WebP"), ImageFormat::webp);
  EXPECT_THROW(image_format("gif"), InputError);
}

TEST(ImageFile, FlattensOnWhite) {
  const auto image = flatten({3, 1, {10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128}});
  EXPECT_EQ(image.rgb, (std::vector<std::uint8_t>{10, 20, 30, 255, 255, 255, 127, 127, 127}));
}

/// A PNG of any kind, by libpng's simplified writer.
Bytes png_of(png_uint_32 format, const void* pixels, const void* colors, int color_count) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = 2;
  image.height = 1;
  image.format = format;
  image.colormap_entries = png_uint_32(color_count);
  image.flags = PNG_IMAGE_FLAG_16BIT_sRGB;
  Bytes bytes(1000, '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, colors) == 0) {
    ADD_FAILURE() << image.message;
  }
  bytes.resize(size);
  return bytes;
}

TEST(ImageFile, ConvertsEveryKindOfPng) {
  using Pixels = std::vector<std::uint8_t>;
  const Pixels gray{7, 200};
  EXPECT_EQ(decode_image(png_of(PNG_FORMAT_GRAY, gray.data(), nullptr, 0), "test").rgba,
            (Pixels{7, 7, 7, 255, 200, 200, 200, 255}));
  const Pixels translucent{1, 2, 3, 4, 250, 251, 252, 0};
  EXPECT_EQ(decode_image(png_of(PNG_FORMAT_RGBA, translucent.data(), nullptr, 0), "test").rgba,
            translucent);
  const Pixels colors{9, 8, 7, 255, 60, 50, 40, 128};
  const Pixels indices{1, 0};
  EXPECT_EQ(
      decode_image(png_of(PNG_FORMAT_RGBA_COLORMAP, indices.data(), colors.data(), 2), "test").rgba,
      (Pixels{60, 50, 40, 128, 9, 8, 7, 255}));
  const std::vector<std::uint16_t> linear{0, 65535};
  EXPECT_EQ(decode_image(png_of(PNG_FORMAT_LINEAR_Y, linear.data(), nullptr, 0), "test").rgba,
            (Pixels{0, 0, 0, 255, 255, 255, 255, 255}));
}

TEST(Exif, ReadsEitherByteOrder) {
  // A little-endian block with a little-endian comment, as some programs write it.
  const Bytes little(
      "II*\0\x08\0\0\0"
      "\x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"
      "\x01\0\x86\x92\x07\0\x0c\0\0\0\x2c\0\0\0\0\0\0\0"
      "UNICODE\0h\0i\0",
      56);
  EXPECT_EQ(user_comment(little), "hi");
  EXPECT_EQ(user_comment(Bytes("Exif\0\0", 6) + make_exif("hi")), "hi");
}

TEST(Exif, SurvivesEveryPrefixAndFlip) {
  const auto exif = make_exif("perché 🎨");
  for (std::size_t place = 0; place < exif.size(); ++place) {
    user_comment(Bytes(exif, 0, place));
    auto broken = exif;
    broken[place] = char(~broken[place]);
    user_comment(broken);
  }
  EXPECT_EQ(user_comment(""), "");
}

}  // namespace
}  // namespace imagine::io
