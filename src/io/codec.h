/// What image_file.cpp asks of each of the formats; not for use elsewhere.
#pragma once

#include "core/extent.h"
#include "io/image_file.h"

namespace imagine::io {

/// Bytes to decode, the name that errors give them, and how many pixels they may unpack to.
struct Encoded {
  std::string_view bytes;
  const std::string& where;
  std::int64_t max_pixels;
};

struct Codec {
  bool (*recognises)(std::string_view bytes);
  Extent (*extent)(const Encoded& encoded);     // without decoding
  RgbaImage (*decode)(const Encoded& encoded);  // as the pixels lie in the file
  int (*orientation)(const Encoded& encoded);   // see exif.h
  Bytes (*encode)(const Image& image, const Provenance& provenance);
  Provenance (*provenance)(std::string_view bytes, const std::string& where);
};

extern const Codec kPng;
extern const Codec kJpeg;
extern const Codec kWebp;

/// FormatError if an image of this size has more pixels than the limit, or none.
void check_pixels(const Encoded& encoded, Extent extent);

/// Such an image with its pixels allocated.
RgbaImage allocate_image(const Encoded& encoded, Extent extent);

}  // namespace imagine::io
