#include "io/image_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/check.h"
#include "io/codec.h"
#include "io/mistaken.h"

namespace imagine::io {

namespace {

const Codec& codec(ImageFormat format) {
  switch (format) {
    case ImageFormat::png:
      return kPng;
    case ImageFormat::jpeg:
      return kJpeg;
    case ImageFormat::webp:
      return kWebp;
  }
  throw InputError(concat("image format: expected png, jpeg or webp, got ", int(format)));
}

const Codec& recognise(std::string_view bytes, const std::string& where) {
  for (const Codec* codec : {&kPng, &kJpeg, &kWebp}) {
    if (codec->recognises(bytes)) return *codec;
  }
  refuse_mistaken(bytes, where, "an image");
  throw FormatError(concat(where, ": expected a PNG, JPEG or WebP image, got ", bytes.size(),
                           " bytes of something else"));
}

bool lies_on_its_side(int orientation) { return orientation >= 5; }

/// The picture as it is to be seen, by the table of CIPA DC-008, 4.6.4, tag 274.
RgbaImage upright(const RgbaImage& image, int orientation) {
  const bool on_side = lies_on_its_side(orientation);
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  RgbaImage seen{.width = on_side ? image.height : image.width,
                 .height = on_side ? image.width : image.height,
                 .rgba = {}};
  seen.rgba.reserve(image.rgba.size());
  for (int y = 0; y < seen.height; ++y) {
    for (int x = 0; x < seen.width; ++x) {
      const int column = on_side ? y : x, row = on_side ? x : y;
      const auto place = std::size_t(from_below ? image.height - 1 - row : row) * image.width +
                         (from_right ? image.width - 1 - column : column);
      const auto pixel = image.rgba.begin() + std::ptrdiff_t(4 * place);
      seen.rgba.insert(seen.rgba.end(), pixel, pixel + 4);
    }
  }
  return seen;
}

}  // namespace

void check_pixels(const Encoded& encoded, Extent extent) {
  const auto& [width, height] = extent;
  check<FormatError>(width > 0 && height > 0 && width <= encoded.max_pixels / height, encoded.where,
                     ": expected an image of at most ", encoded.max_pixels, " pixels, got ", width,
                     "x", height);
}

RgbaImage allocate_image(const Encoded& encoded, Extent extent) {
  check_pixels(encoded, extent);
  const auto count = std::size_t(extent.width * extent.height);
  return {int(extent.width), int(extent.height), std::vector<std::uint8_t>(count * 4)};
}

ImageFormat image_format(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "png") return ImageFormat::png;
  if (lower == "jpg" || lower == "jpeg") return ImageFormat::jpeg;
  if (lower == "webp") return ImageFormat::webp;
  throw InputError(concat("image format: expected png, jpg, jpeg or webp, got \"", name, "\""));
}

const std::vector<std::string>& image_extensions() {
  static const std::vector<std::string> all = {"jpg", "jpeg", "png", "webp"};
  return all;
}

bool has_image_extension(const fs::path& path) {
  auto extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return char(std::tolower(c)); });
  return extension.size() > 1 &&
         std::ranges::find(image_extensions(), extension.substr(1)) != image_extensions().end();
}

RgbaImage decode_image(std::string_view bytes, const std::string& where, std::int64_t max_pixels) {
  const Encoded encoded{bytes, where, max_pixels};
  const auto& codec = recognise(bytes, where);
  auto image = codec.decode(encoded);
  const int orientation = codec.orientation(encoded);
  return orientation == 1 ? image : upright(image, orientation);
}

Extent image_extent(std::string_view bytes, const std::string& where) {
  const Encoded encoded{bytes, where, kMostPixels};
  const auto& codec = recognise(bytes, where);
  const auto extent = codec.extent(encoded);
  check_pixels(encoded, extent);
  if (!lies_on_its_side(codec.orientation(encoded))) return extent;
  return {.width = extent.height, .height = extent.width};
}

Image flatten(const RgbaImage& image) {
  Image result{image.width, image.height, {}};
  result.rgb.reserve(image.rgba.size() / 4 * 3);
  for (std::size_t pixel = 0; pixel < image.rgba.size(); pixel += 4) {
    const int alpha = image.rgba[pixel + 3];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const int blended = image.rgba[pixel + channel] * alpha + 255 * (255 - alpha);
      result.rgb.push_back(std::uint8_t((blended + 127) / 255));
    }
  }
  return result;
}

Bytes encode_image(const Image& image, ImageFormat format, const Provenance& provenance) {
  const bool whole = image.width > 0 && image.height > 0 &&
                     image.rgb.size() == std::size_t(image.width) * image.height * 3;
  check<InputError>(whole, "image: expected width * height * 3 bytes, got ", image.width, "x",
                    image.height, " and ", image.rgb.size(), " bytes");
  return codec(format).encode(image, provenance);
}

Provenance read_provenance(std::string_view bytes, const std::string& where) {
  return recognise(bytes, where).provenance(bytes, where);
}

}  // namespace imagine::io
