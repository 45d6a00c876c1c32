// GIF and BMP, by GdkPixbuf.
#include <algorithm>
#include <cstdlib>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <memory>

#include "core/check.h"
#include "io/codec.h"

namespace imagine::io {
namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

std::int64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::int64_t(std::uint8_t(bytes[at + i])) << (8 * i);
  }
  return value;
}

bool is_gif(std::string_view bytes) {
  return bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a");
}

Extent gif_extent(const Encoded& encoded) {
  check<FormatError>(encoded.bytes.size() >= 10, encoded.where, ": expected a whole GIF header");
  return {.width = little_endian(encoded.bytes, 6, 2),
          .height = little_endian(encoded.bytes, 8, 2)};
}

constexpr std::size_t kBmpHeader = 14;  // the file's, before the picture's
constexpr std::int64_t kCoreHeader = 12;

bool is_bmp(std::string_view bytes) {
  if (bytes.size() < kBmpHeader + 12 || !bytes.starts_with("BM")) return false;
  const auto header = little_endian(bytes, kBmpHeader, 4);
  return header == kCoreHeader || (header >= 16 && header <= 124);
}

/// A negative height: rows from the top.
Extent bmp_extent(const Encoded& encoded) {
  const auto& bytes = encoded.bytes;
  if (little_endian(bytes, kBmpHeader, 4) == kCoreHeader) {
    return {.width = little_endian(bytes, 18, 2), .height = little_endian(bytes, 20, 2)};
  }
  const auto height = std::int32_t(little_endian(bytes, 22, 4));
  return {.width = std::int32_t(little_endian(bytes, 18, 4)),
          .height = std::abs(std::int64_t(height))};
}

/// The first picture of a file of that type; nothing where it is broken, with why in `error`.
std::unique_ptr<GdkPixbuf, Unref> load(std::string_view bytes, const char* type, GError** error) {
  const std::unique_ptr<GdkPixbufLoader, Unref> loader(
      gdk_pixbuf_loader_new_with_type(type, error));
  if (!loader) return nullptr;
  const auto* data = reinterpret_cast<const guchar*>(bytes.data());
  const bool written = gdk_pixbuf_loader_write(loader.get(), data, bytes.size(), error) != 0;
  const bool closed = gdk_pixbuf_loader_close(loader.get(), written ? error : nullptr) != 0;
  auto* pixbuf = written && closed ? gdk_pixbuf_loader_get_pixbuf(loader.get()) : nullptr;
  return std::unique_ptr<GdkPixbuf, Unref>(pixbuf ? static_cast<GdkPixbuf*>(g_object_ref(pixbuf))
                                                  : nullptr);
}

RgbaImage decode(const Encoded& encoded, Extent extent, const char* type) {
  auto image = allocate_image(encoded, extent);
  GError* error = nullptr;
  const auto pixbuf = load(encoded.bytes, type, &error);
  const std::unique_ptr<GError, decltype(&g_error_free)> owner(error, g_error_free);
  check<FormatError>(pixbuf != nullptr, encoded.where,
                     ": expected a whole picture, got: ", error ? error->message : "no pixels");
  const auto channels = std::size_t(gdk_pixbuf_get_n_channels(pixbuf.get()));
  const bool as_told = gdk_pixbuf_get_width(pixbuf.get()) == image.width &&
                       gdk_pixbuf_get_height(pixbuf.get()) == image.height &&
                       (channels == 3 || channels == 4);
  check<FormatError>(as_told, encoded.where, ": expected a picture of ", image.width, "x",
                     image.height, " as its header says");
  const auto* pixels = gdk_pixbuf_read_pixels(pixbuf.get());
  const auto stride = std::size_t(gdk_pixbuf_get_rowstride(pixbuf.get()));
  for (int y = 0; y < image.height; ++y) {
    auto* out = image.row(y);
    const auto* in = pixels + std::size_t(y) * stride;
    for (int x = 0; x < image.width; ++x, in += channels, out += 4) {
      std::copy_n(in, 3, out);
      out[3] = channels == 4 ? in[3] : 255;
    }
  }
  return image;
}

RgbaImage decode_gif(const Encoded& encoded) { return decode(encoded, gif_extent(encoded), "gif"); }
/// GdkPixbuf would take as much memory as the header says that the palette and what stands before
/// the pixels need: the file must have it.
RgbaImage decode_bmp(const Encoded& encoded) {
  const auto& bytes = encoded.bytes;
  constexpr std::size_t kPixelsAt = 10, kColors = 46;
  const bool has_count = little_endian(bytes, kBmpHeader, 4) >= 40 && bytes.size() >= kColors + 4;
  const auto before = little_endian(bytes, kPixelsAt, 4);
  const auto colors = has_count ? little_endian(bytes, kColors, 4) : 0;
  check<FormatError>(before <= std::int64_t(bytes.size()) && colors <= 256, encoded.where,
                     ": expected a whole BMP of at most 256 colours in its palette, got ", colors,
                     " and pixels from byte ", before, " on");
  return decode(encoded, bmp_extent(encoded), "bmp");
}

/// They say nothing of the kind.
template <Extent (*extent)(const Encoded&)>
Provenance no_provenance(std::string_view bytes, const std::string& where) {
  extent({bytes, where, kMostPixels});
  return {};
}

}  // namespace

const Codec kGif{{"gif"},    is_gif,         gif_extent,
                 decode_gif, always_upright, no_provenance<gif_extent>};
const Codec kBmp{{"bmp"},    is_bmp,         bmp_extent,
                 decode_bmp, always_upright, no_provenance<bmp_extent>};

}  // namespace imagine::io
