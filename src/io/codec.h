/// What image_file.cpp asks of each of the formats; not for use elsewhere.
#pragma once

#include <initializer_list>

#include "core/extent.h"
#include "io/image_file.h"

namespace imagine::io {

/// Bytes to decode, the name that errors give them, and how many pixels they may unpack to.
struct Encoded {
  std::string_view bytes;
  const std::string& where;
  std::int64_t max_pixels;
};

/// Pixels to encode: three bytes each, or four with straight alpha.
struct Pixels {
  Pixels(const Image& image)
      : width(image.width), height(image.height), channels(3), data(image.rgb.data()) {}
  Pixels(const RgbaImage& image)
      : width(image.width), height(image.height), channels(4), data(image.rgba.data()) {}

  const std::uint8_t* row(int y) const {
    return data + std::size_t(y) * std::size_t(width) * std::size_t(channels);
  }

  int width, height, channels;
  const std::uint8_t* data;
};

struct Codec {
  std::initializer_list<std::string_view> extensions;  // in lower case, the usual one first
  bool (*recognises)(std::string_view bytes);
  Extent (*extent)(const Encoded& encoded);     // without decoding
  RgbaImage (*decode)(const Encoded& encoded);  // sRGB, as the pixels lie in the file
  int (*orientation)(const Encoded& encoded);   // see exif.h
  Provenance (*provenance)(std::string_view bytes, const std::string& where);
};

extern const Codec kPng;
extern const Codec kJpeg;
extern const Codec kWebp;
extern const Codec kGif;
extern const Codec kBmp;
extern const Codec kTiff;
extern const Codec kHeif;  // HEIC and AVIF

inline constexpr int kJpegQuality = 95, kWebpQuality = 92;  // unless told otherwise

/// JPEG and WebP: InputError for sides that the format cannot say. JPEG takes three channels.
/// Quality: 0
/// .. 100.
Bytes encode_png(const Pixels& pixels, const Provenance& provenance);
Bytes encode_jpeg(const Pixels& pixels, const Provenance& provenance, int quality = kJpegQuality);
Bytes encode_webp(const Pixels& pixels, const Provenance& provenance, int quality = kWebpQuality);

/// FormatError if an image of this size has more pixels than the limit, or none.
void check_pixels(const Encoded& encoded, Extent extent);

/// Such an image with its pixels allocated.
RgbaImage allocate_image(const Encoded& encoded, Extent extent);

/// Makes alpha straight where colours were multiplied with it.
void divide_by_alpha(RgbaImage& image);

/// Of formats that tell no orientation, or are turned by their library.
int always_upright(const Encoded& encoded);

}  // namespace imagine::io
