#include "io/image_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/check.h"
#include "io/codec.h"

namespace imagine::io {

namespace {

constexpr std::int64_t kMostPixels = 64'000'000;

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
  throw FormatError(concat(where, ": expected a PNG, JPEG or WebP image, got ", bytes.size(),
                           " bytes of something else"));
}

}  // namespace

RgbaImage allocate_image(const Encoded& encoded, std::int64_t width, std::int64_t height) {
  check<FormatError>(width > 0 && height > 0 && width <= encoded.max_pixels / height, encoded.where,
                     ": expected an image of at most ", encoded.max_pixels, " pixels, got ", width,
                     "x", height);
  return {int(width), int(height), std::vector<std::uint8_t>(std::size_t(width * height) * 4)};
}

ImageFormat image_format(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "png") return ImageFormat::png;
  if (lower == "jpg" || lower == "jpeg") return ImageFormat::jpeg;
  if (lower == "webp") return ImageFormat::webp;
  throw InputError(concat("image format: expected png, jpg, jpeg or webp, got \"", name, "\""));
}

RgbaImage decode_image(std::string_view bytes, const std::string& where, std::int64_t max_pixels) {
  return recognise(bytes, where).decode({bytes, where, max_pixels});
}

Extent image_extent(std::string_view bytes, const std::string& where) {
  return recognise(bytes, where).extent({bytes, where, kMostPixels});
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
