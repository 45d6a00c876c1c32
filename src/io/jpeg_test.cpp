#include <cstdio>
#include <cstdlib>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jpeglib.h>

#include "imagine/error.h"
#include "io/codec.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Pixels = std::vector<std::uint8_t>;

constexpr int kSide = 8;  // one block

RgbaImage decode(const Bytes& bytes) {
  const std::string where = "test.jpg";
  return kJpeg.decode({bytes, where, 1000});
}

/// What the refusal to decode says; empty if the picture is taken.
std::string refusal_of(const Bytes& bytes) {
  try {
    decode(bytes);
  } catch (const FormatError& error) {
    return error.what();
  }
  return {};
}

std::vector<int> pixel_of(const RgbaImage& image, int x, int y) {
  const auto* pixel = &image.rgba[std::size_t(y * image.width + x) * 4];
  return {pixel[0], pixel[1], pixel[2], pixel[3]};
}

/// One colour all over, as a file of any kind that `configure` chooses.
Bytes foreign_jpeg(J_COLOR_SPACE space, const Pixels& colour,
                   const std::function<void(jpeg_compress_struct&)>& configure) {
  jpeg_error_mgr errors;
  jpeg_compress_struct codec{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &data, &size);
  codec.image_width = codec.image_height = kSide;
  codec.input_components = int(colour.size());
  codec.in_color_space = space;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, 100, TRUE);
  configure(codec);
  jpeg_start_compress(&codec, TRUE);
  Pixels row;
  for (int x = 0; x < kSide; ++x) row.insert(row.end(), colour.begin(), colour.end());
  for (int y = 0; y < kSide; ++y) {
    JSAMPROW start = row.data();
    jpeg_write_scanlines(&codec, &start, 1);
  }
  jpeg_finish_compress(&codec);
  Bytes bytes(reinterpret_cast<const char*>(data), size);
  jpeg_destroy_compress(&codec);
  std::free(data);
  return bytes;
}

/// A grey file in so many scans: the constant first, then each frequency bit by bit.
Bytes progressive_jpeg(int scans) {
  std::vector<jpeg_scan_info> script = {{1, {0}, 0, 0, 0, 0}};
  for (int bit = 3; bit >= 0; --bit) {
    for (int frequency = 1; frequency < 64; ++frequency) {
      script.push_back({1, {0}, frequency, frequency, bit == 3 ? 0 : bit + 1, bit});
    }
  }
  return foreign_jpeg(JCS_GRAYSCALE, {90}, [&](jpeg_compress_struct& codec) {
    codec.scan_info = script.data();
    codec.num_scans = scans;
  });
}

TEST(Jpeg, KeepsTheColoursOfNeighbours) {
  Image stripes{16, 16, {}};
  for (int i = 0; i < 16 * 16; ++i) {
    if (i % 2 == 0) stripes.rgb.insert(stripes.rgb.end(), {220, 30, 30});
    if (i % 2 == 1) stripes.rgb.insert(stripes.rgb.end(), {30, 30, 220});
  }
  const auto image = decode(kJpeg.encode(stripes, {}));
  EXPECT_GT(pixel_of(image, 6, 7)[0], 180);
  EXPECT_LT(pixel_of(image, 6, 7)[2], 70);
  EXPECT_LT(pixel_of(image, 7, 7)[0], 70);
  EXPECT_GT(pixel_of(image, 7, 7)[2], 180);
}

TEST(Jpeg, ReadsGreyAsEqualColours) {
  const auto grey = foreign_jpeg(JCS_GRAYSCALE, {90}, [](auto&) {});
  EXPECT_EQ(pixel_of(decode(grey), 3, 3), (std::vector{90, 90, 90, 255}));
}

TEST(Jpeg, ReadsInkWithAndWithoutAdobesMarker) {
  const auto ink = [](const Pixels& colour, boolean adobe) {
    return decode(foreign_jpeg(
        JCS_CMYK, colour, [&](jpeg_compress_struct& codec) { codec.write_Adobe_marker = adobe; }));
  };
  EXPECT_EQ(pixel_of(ink({0, 155, 255, 0}, FALSE), 3, 3), (std::vector{255, 100, 0, 255}));
  EXPECT_EQ(pixel_of(ink({255, 100, 0, 255}, TRUE), 3, 3), (std::vector{255, 100, 0, 255}));
  EXPECT_EQ(pixel_of(ink({0, 0, 0, 255}, FALSE), 3, 3), (std::vector{0, 0, 0, 255}));
}

TEST(Jpeg, RefusesMoreThanTwoHundredScans) {
  EXPECT_EQ(pixel_of(decode(progressive_jpeg(200)), 3, 3), (std::vector{90, 90, 90, 255}));
  EXPECT_THAT(refusal_of(progressive_jpeg(201)),
              StartsWith("test.jpg: expected a whole JPEG, got: "));
}

TEST(Jpeg, RefusesAFileWithoutItsEnd) {
  auto bytes = kJpeg.encode({2, 2, Pixels(12, 50)}, {});
  EXPECT_EQ(refusal_of(bytes), "");
  bytes.resize(bytes.size() - 2);
  EXPECT_THAT(refusal_of(bytes), AllOf(StartsWith("test.jpg: "), HasSubstr("Premature end")));
  EXPECT_THAT(refusal_of("\xff\xd8\xff"), StartsWith("test.jpg: expected a whole JPEG"));
}

TEST(Jpeg, HoldsMetadataUpToTheEndOfASegment) {
  const Image image{1, 1, Pixels(3, 0)};
  constexpr std::size_t kSegment = 65533, kNamespace = 29;
  const auto most = kSegment - kNamespace - make_xmp("").size();
  const std::string where = "test.jpg", whole(most, 'x');
  EXPECT_EQ(kJpeg.provenance(kJpeg.encode(image, {"", whole}), where).json, whole);
  try {
    kJpeg.encode(image, {"", whole + "x"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "JPEG metadata: expected at most 65533 bytes, got 65534");
  }
}

TEST(Jpeg, SkipsTheSegmentsOfOthers) {
  const auto bytes = foreign_jpeg(JCS_GRAYSCALE, {1}, [](auto&) {});
  const auto with = [&](const std::string& content) {
    const auto size = content.size() + 2;
    const auto segment = Bytes("\xff\xe1") + char(size >> 8) + char(size) + content;
    return kJpeg.provenance(bytes.substr(0, 2) + segment + bytes.substr(2), "test.jpg");
  };
  EXPECT_EQ(with(Bytes("Exif\0\0", 6) + make_exif("ours")).parameters, "ours");
  EXPECT_EQ(with(Bytes("Exif\0\0", 6)).parameters, "");
  EXPECT_EQ(with("Exif").parameters, "");
  EXPECT_EQ(with(Bytes("http://ns.adobe.com/xap/1.0/\0", 29) + "<x:xmpmeta/>").json, "");
}

}  // namespace
}  // namespace imagine::io
