#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <lcms2.h>

#include "imagine/error.h"
#include "io/codec.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Levels = std::vector<std::uint8_t>;

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

/// One colour all over, or rows of samples that come again and again, as a file of any kind that
/// `configure` chooses.
Bytes foreign_jpeg(J_COLOR_SPACE space, const Levels& colour,
                   const std::function<void(jpeg_compress_struct&)>& configure) {
  jpeg_error_mgr errors;
  jpeg_compress_struct codec{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &data, &size);
  codec.image_width = codec.image_height = kSide;
  codec.input_components = space == JCS_GRAYSCALE ? 1 : space == JCS_CMYK ? 4 : 3;
  codec.in_color_space = space;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, 100, TRUE);
  configure(codec);
  jpeg_start_compress(&codec, TRUE);
  Levels row;
  for (int i = 0; i < kSide * codec.input_components; ++i) {
    row.push_back(colour[std::size_t(i) % colour.size()]);
  }
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
  const auto image = decode(encode_jpeg(stripes, {}));
  EXPECT_GT(pixel_of(image, 6, 7)[0], 180);
  EXPECT_LT(pixel_of(image, 6, 7)[2], 70);
  EXPECT_LT(pixel_of(image, 7, 7)[0], 70);
  EXPECT_GT(pixel_of(image, 7, 7)[2], 180);
}

TEST(Jpeg, ReadsGreyAsEqualColours) {
  const auto grey = foreign_jpeg(JCS_GRAYSCALE, {90}, [](auto&) {});
  EXPECT_EQ(pixel_of(decode(grey), 3, 3), (std::vector{90, 90, 90, 255}));
}

TEST(Jpeg, TakesInkAsInverseWithAndWithoutAdobesMarker) {
  for (const boolean adobe : {TRUE, FALSE}) {
    const auto ink = [&](const Levels& colour) {
      return pixel_of(decode(foreign_jpeg(
                          JCS_CMYK, colour,
                          [&](jpeg_compress_struct& codec) { codec.write_Adobe_marker = adobe; })),
                      3, 3);
    };
    EXPECT_EQ(ink({255, 100, 0, 255}), (std::vector{255, 100, 0, 255}));
    EXPECT_EQ(ink({255, 255, 255, 0}), (std::vector{0, 0, 0, 255}));
    EXPECT_EQ(ink({200, 100, 50, 128}), (std::vector{100, 50, 25, 255}));
  }
}

TEST(Jpeg, ReadsInkThatIsStoredAsBrightnessAndColour) {
  const auto ycck = foreign_jpeg(JCS_CMYK, {255, 100, 0, 255}, [](jpeg_compress_struct& codec) {
    jpeg_set_colorspace(&codec, JCS_YCCK);
  });
  const auto pixel = pixel_of(decode(ycck), 3, 3);
  EXPECT_NEAR(pixel[0], 255, 2);
  EXPECT_NEAR(pixel[1], 100, 2);
  EXPECT_NEAR(pixel[2], 0, 2);
}

TEST(Jpeg, RefusesMoreThanTwoHundredScans) {
  EXPECT_EQ(pixel_of(decode(progressive_jpeg(200)), 3, 3), (std::vector{90, 90, 90, 255}));
  EXPECT_THAT(refusal_of(progressive_jpeg(201)),
              StartsWith("test.jpg: expected a whole JPEG, got: "));
}

/// Noise, so that each bit counts, in a file of this kind.
Bytes noise(const std::function<void(jpeg_compress_struct&)>& configure) {
  Levels colour;
  unsigned state = 1;
  for (int i = 0; i < 3 * kSide; ++i) {
    state = state * 1664525 + 1013904223;
    colour.push_back(std::uint8_t(state >> 24));
  }
  return foreign_jpeg(JCS_RGB, colour, configure);
}

const std::vector<std::function<void(jpeg_compress_struct&)>> kKinds{
    [](auto&) {}, [](auto& codec) { jpeg_simple_progression(&codec); },
    [](auto& codec) { codec.restart_interval = 1; }, [](auto& codec) { codec.arith_code = TRUE; },
    [](auto& codec) {  // a scan for each colour
      static const std::vector<jpeg_scan_info> script = {
          {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
      codec.scan_info = script.data();
      codec.num_scans = 3;
    }};

TEST(Jpeg, IsWholeWhereItsPixelsAreAndElseRefused) {
  for (const auto& kind : kKinds) {
    const auto bytes = noise(kind);
    const auto whole = decode(bytes);
    int refused = 0;
    for (auto size = bytes.size(); size > 2; --size) {
      const auto cut = bytes.substr(0, size);
      if (const auto reason = refusal_of(cut); !reason.empty()) {
        EXPECT_THAT(reason, AllOf(StartsWith("test.jpg: expected a"))) << size;
        ++refused;
      } else {
        EXPECT_EQ(decode(cut).rgba, whole.rgba) << size << " of " << bytes.size();
      }
    }
    EXPECT_GT(refused, int(bytes.size()) - 20);
  }
}

TEST(Jpeg, TakesATrailerInPlaceOfItsEnd) {
  for (const auto kind : {0, 1, 2}) {
    const auto bytes = noise(kKinds[std::size_t(kind)]);
    const auto pixels = bytes.substr(0, bytes.size() - 2);
    const std::vector<Bytes> trailers{"maker's notes",
                                      Bytes(100, '\0'),
                                      "\xff\xe5\xff\xff odd",
                                      Bytes(60, '\xff'),
                                      Bytes("\xff\xc0\0\x03x", 5),
                                      bytes,
                                      Bytes("\xff\xd9\0\0 after the end", 18)};
    for (const auto& trailer : trailers) {
      const bool follows_scan = kind != 1 || trailer[0] == '\xff';
      if (follows_scan) {
        EXPECT_EQ(refusal_of(pixels + trailer), "") << kind << trailer;
        EXPECT_EQ(decode(pixels + trailer).rgba, decode(bytes).rgba) << kind << trailer;
      }
      EXPECT_EQ(decode(bytes + trailer).rgba, decode(bytes).rgba) << kind << trailer;
    }
  }
}

/// A profile that changes colours clearly: light itself in place of its power.
std::string linear_profile() {
  auto* curve = cmsBuildGamma(nullptr, 1);
  std::array<cmsToneCurve*, 3> curves{curve, curve, curve};
  const cmsCIExyY white{0.3127, 0.329, 1};
  const cmsCIExyYTRIPLE primaries{{0.64, 0.33, 1}, {0.3, 0.6, 1}, {0.15, 0.06, 1}};
  auto* profile = cmsCreateRGBProfile(&white, &primaries, curves.data());
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::string icc(size, '\0');
  cmsSaveProfileToMem(profile, icc.data(), &size);
  cmsCloseProfile(profile);
  cmsFreeToneCurve(curve);
  return icc;
}

/// The JPEG with those of four parts of its profile, in that order.
Bytes with_profile(const Bytes& jpeg, const std::string& icc, const std::vector<int>& order) {
  Bytes segments;
  constexpr int kParts = 4;
  const auto size = (icc.size() + kParts - 1) / kParts;
  for (const int part : order) {
    const auto content = Bytes("ICC_PROFILE\0", 12) + char(part + 1) + char(kParts) +
                         icc.substr(std::size_t(part) * size, size);
    const auto length = content.size() + 2;
    segments += Bytes("\xff\xe2") + char(length >> 8) + char(length) + content;
  }
  return jpeg.substr(0, 2) + segments + jpeg.substr(2);
}

TEST(Jpeg, ReadsAProfileInPartsOfAnyOrder) {
  const auto jpeg = encode_jpeg(Image{8, 8, Levels(192, 55)}, {});
  const auto icc = linear_profile();
  const auto seen = [&](const std::vector<int>& order) {
    return pixel_of(decode(with_profile(jpeg, icc, order)), 3, 3)[0];
  };
  EXPECT_EQ(pixel_of(decode(jpeg), 3, 3)[0], 55);
  std::vector<int> order{0, 1, 2, 3};
  do {
    EXPECT_NEAR(seen(order), 128, 1);  // 55 / 255 of the light
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(seen({0, 1, 1, 2}), 55) << "a part twice: no profile";
  EXPECT_EQ(seen({0, 1, 3}), 55) << "a part missing: no profile";
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
  Bytes xmp("http://ns.adobe.com/xap/1.0/\0", 29);
  xmp += "<x:xmpmeta/>";
  EXPECT_EQ(with(xmp).json, "");
}

}  // namespace
}  // namespace imagine::io
