#include "io/image_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/check.h"
#include "io/codec.h"
#include "io/mistaken.h"

namespace imagine::io {

namespace {

/// The commonest first.
constexpr std::array kCodecs{&kJpeg, &kPng, &kWebp, &kHeif, &kTiff, &kGif, &kBmp};

const Codec& recognise(std::string_view bytes, const std::string& where) {
  for (const Codec* codec : kCodecs) {
    if (codec->recognises(bytes)) return *codec;
  }
  refuse_mistaken(bytes, where, "an image");
  throw FormatError(concat(where, ": expected a picture (", kReadFormats, "), got ", bytes.size(),
                           " bytes of something else"));
}

std::string lower_cased(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
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

Bytes encode(const Pixels& pixels, ImageFormat format, const Provenance& provenance,
             std::optional<int> quality) {
  const auto held = fitted(provenance, format);
  switch (format) {
    case ImageFormat::png:
      return encode_png(pixels, held);
    case ImageFormat::jpeg:
      return encode_jpeg(pixels, held, quality.value_or(kJpegQuality));
    case ImageFormat::webp:
      return encode_webp(pixels, held, quality.value_or(kWebpQuality));
  }
  throw InputError(concat("image format: expected png, jpeg or webp, got ", int(format)));
}

void check_whole(const Pixels& pixels, std::size_t bytes) {
  const bool whole = pixels.width > 0 && pixels.height > 0 &&
                     bytes == std::size_t(pixels.width) * pixels.height * pixels.channels;
  check<InputError>(whole, "image: expected width * height * ", pixels.channels, " bytes, got ",
                    pixels.width, "x", pixels.height, " and ", bytes, " bytes");
}

bool is_opaque(const RgbaImage& image) {
  for (std::size_t i = 3; i < image.rgba.size(); i += 4) {
    if (image.rgba[i] != 255) return false;
  }
  return true;
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

void divide_by_alpha(RgbaImage& image) {
  for (std::size_t i = 0; i < image.rgba.size(); i += 4) {
    const int alpha = image.rgba[i + 3];
    for (std::size_t channel = i; channel < i + 3 && alpha > 0; ++channel) {
      image.rgba[channel] =
          std::uint8_t(std::min(255, (image.rgba[channel] * 255 + alpha / 2) / alpha));
    }
  }
}

int always_upright(const Encoded&) { return 1; }

ImageFormat image_format(std::string_view name) {
  const auto lower = lower_cased(name);
  if (lower == "png") return ImageFormat::png;
  if (lower == "jpg" || lower == "jpeg") return ImageFormat::jpeg;
  if (lower == "webp") return ImageFormat::webp;
  throw InputError(concat("image format: expected png, jpg, jpeg or webp, got \"", name, "\""));
}

const std::vector<std::string>& image_extensions() {
  static const auto all = [] {
    std::vector<std::string> extensions;
    for (const Codec* codec : kCodecs) {
      extensions.insert(extensions.end(), codec->extensions.begin(), codec->extensions.end());
    }
    return extensions;
  }();
  return all;
}

bool has_image_extension(const fs::path& path) {
  const auto extension = lower_cased(path.extension().string());
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

Image flatten(const RgbaImage& image, std::uint8_t ground) {
  Image result{image.width, image.height, {}};
  result.rgb.reserve(image.rgba.size() / 4 * 3);
  for (std::size_t pixel = 0; pixel < image.rgba.size(); pixel += 4) {
    const int alpha = image.rgba[pixel + 3];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const int blended = image.rgba[pixel + channel] * alpha + ground * (255 - alpha);
      result.rgb.push_back(std::uint8_t((blended + 127) / 255));
    }
  }
  return result;
}

Bytes encode_image(const Image& image, ImageFormat format, const Provenance& provenance,
                   std::optional<int> quality) {
  check_whole(image, image.rgb.size());
  return encode(image, format, provenance, quality);
}

Bytes encode_image(const RgbaImage& image, ImageFormat format, const Provenance& provenance,
                   std::optional<int> quality) {
  check_whole(image, image.rgba.size());
  if (format == ImageFormat::jpeg || is_opaque(image)) {
    return encode(flatten(image), format, provenance, quality);
  }
  return encode(image, format, provenance, quality);
}

Provenance read_provenance(std::string_view bytes, const std::string& where) {
  return recognise(bytes, where).provenance(bytes, where);
}

}  // namespace imagine::io
