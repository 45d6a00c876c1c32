/// Pictures to bytes and back: PNG, JPEG, WebP; read alone are GIF, BMP, TIFF, HEIC and AVIF too.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/extent.h"
#include "imagine/image_file.h"
#include "io/file.h"

namespace imagine::io {

/// 8-bit sRGB with straight (not premultiplied) alpha, four bytes a pixel.
struct RgbaImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgba;

  std::uint8_t* row(int y) { return &rgba[std::size_t(y) * std::size_t(width) * 4]; }
};

/// How a picture was made: `parameters` is the text that AUTOMATIC1111's tools read, `json` is
/// ours. Either may be empty.
struct Provenance {
  std::string parameters = {};
  std::string json = {};
  /// Read, not written: what else the file says, by the keyword of a PNG's text or the name of an
  /// EXIF tag: "prompt", "sd-metadata", "Make" ... In UTF-8.
  std::map<std::string, std::string> others = {};
};

/// "png", "jpg", "jpeg" or "webp", in any case; else InputError naming `name`.
ImageFormat image_format(std::string_view name);

/// What a picture that can be read may be called: "png", "jpg", "heic" ... in lower case, the
/// commonest first. decode_image tells by the content alone; this is for what picks among files.
const std::vector<std::string>& image_extensions();
/// Whether the name ends in one of these after a dot, in any case.
bool has_image_extension(const fs::path& path);
inline constexpr std::int64_t kMostPixels = 64'000'000;

/// Any of these formats, told by the first bytes; at most `max_pixels`. `where` names it in a
/// FormatError.
///
/// Colours become sRGB (relative to white, perceptually where the profile has a table for that, as
/// Pillow's ImageCms does by default): by the file's ICC profile, of a PNG also by its cICP, sRGB,
/// gAMA and cHRM chunks, of HEIC and AVIF by their nclx box. As in browsers a broken or unfitting
/// profile counts as none, and no profile as sRGB. A profile within one step of sRGB changes
/// nothing. High dynamic range (PQ, HLG) is a FormatError.
///
/// Palette, grey, CMYK and 16-bit pictures are converted; of an animation or of many pages the
/// first is taken. What a camera took on its side stands upright where the file says so (EXIF, of
/// HEIC and AVIF their own boxes).
RgbaImage decode_image(std::string_view bytes, const std::string& where,
                       std::int64_t max_pixels = kMostPixels);

/// How large decode_image would make it, told by its header: FormatError as there.
Extent image_extent(std::string_view bytes, const std::string& where);

/// The picture on ground of that grey, white unless told otherwise, without alpha.
Image flatten(const RgbaImage& image, std::uint8_t ground = 255);

/// PNG: tEXt/iTXt chunks "parameters" and "imagine". JPEG (quality 95 unless told otherwise, no
/// chroma subsampling) and WebP (quality 92): EXIF UserComment for `parameters` and an XMP packet
/// for the JSON. Of `provenance` fitted() remains. A PNG says that it is sRGB; JPEG and WebP have
/// no profile, which every program takes for sRGB.
Bytes encode_image(const Image& image, ImageFormat format, const Provenance& provenance = {},
                   std::optional<int> quality = std::nullopt);

/// The same with alpha, where a pixel is not opaque; a JPEG has none and gets white ground.
Bytes encode_image(const RgbaImage& image, ImageFormat format, const Provenance& provenance = {},
                   std::optional<int> quality = std::nullopt);

/// What a file of this format can hold: a JPEG takes 65533 bytes of each, so that longer
/// `parameters` are cut, at the end of a character, and longer JSON is left out.
Provenance fitted(const Provenance& provenance, ImageFormat format);

/// The provenance written by encode_image, or by others; empty where there is none. Damaged EXIF
/// and text chunks count as none.
Provenance read_provenance(std::string_view bytes, const std::string& where);

}  // namespace imagine::io
