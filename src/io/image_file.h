/// Pictures to bytes and back: PNG, JPEG, WebP.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/extent.h"
#include "imagine/image.h"
#include "io/file.h"

namespace imagine::io {

/// 8-bit sRGB with straight (not premultiplied) alpha, four bytes a pixel.
struct RgbaImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgba;
};

/// How a picture was made: `parameters` is the text that AUTOMATIC1111's tools read, `json` is
/// ours. Either may be empty.
struct Provenance {
  std::string parameters;
  std::string json;
};

enum class ImageFormat { png, jpeg, webp };

/// "png", "jpg", "jpeg" or "webp", in any case; else InputError naming `name`.
ImageFormat image_format(std::string_view name);

/// What a picture that can be read may be called: "png", "jpg", "heic" ... in lower case, the
/// commonest first. decode_image tells by the content alone; this is for what picks among files.
const std::vector<std::string>& image_extensions();
/// Whether the name ends in one of these after a dot, in any case.
bool has_image_extension(const fs::path& path);
/// For --help and errors.
inline constexpr const char* kReadFormats = "PNG, JPEG or WebP";

inline constexpr std::int64_t kMostPixels = 64'000'000;

/// PNG, JPEG or WebP, told by the first bytes; at most `max_pixels`. `where` names it in a
/// FormatError. Palette, grey and 16-bit PNGs are converted; what a camera took on its side stands
/// upright where the file says so (EXIF, of a PNG what stands before its pixels).
RgbaImage decode_image(std::string_view bytes, const std::string& where,
                       std::int64_t max_pixels = kMostPixels);

/// How large decode_image would make it, told by its header: FormatError as there.
Extent image_extent(std::string_view bytes, const std::string& where);

/// The picture on white ground, without alpha.
Image flatten(const RgbaImage& image);

/// PNG: tEXt/iTXt chunks "parameters" and "imagine". JPEG (quality 95, no chroma subsampling) and
/// WebP (quality 92): EXIF UserComment for `parameters` and an XMP packet for the JSON.
Bytes encode_image(const Image& image, ImageFormat format, const Provenance& provenance = {});

/// The provenance written by encode_image, or by others in the A1111 way; empty where there is
/// none.
Provenance read_provenance(std::string_view bytes, const std::string& where);

}  // namespace imagine::io
