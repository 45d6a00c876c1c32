#include "data/svg.h"

#include <algorithm>
#include <cairo.h>
#include <cmath>
#include <librsvg/rsvg.h>
#include <memory>

#include "core/check.h"

namespace imagine::data {
namespace {

template <class T, auto release>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Handle = std::unique_ptr<RsvgHandle, Release<void, g_object_unref>>;
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_t, cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Release<cairo_t, cairo_destroy>>;

Handle parse(const std::string& svg, const std::string& where) {
  GError* error = nullptr;
  Handle handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
  if (!handle) {
    const std::string reason = error ? error->message : "unknown error";
    g_clear_error(&error);
    throw FormatError(concat(where, ": expected an SVG drawing, got: ", reason));
  }
  return handle;
}

/// Width over height: of the pixel size, else of the view box.
double aspect_of(RsvgHandle* handle) {
  double width = 0, height = 0;
  if (rsvg_handle_get_intrinsic_size_in_pixels(handle, &width, &height) && height > 0) {
    return width / height;
  }
  gboolean has_width, has_height, has_box;
  RsvgLength unused_width, unused_height;
  RsvgRectangle box{};
  rsvg_handle_get_intrinsic_dimensions(handle, &has_width, &unused_width, &has_height,
                                       &unused_height, &has_box, &box);
  return has_box && box.height > 0 ? box.width / box.height : 1;
}

/// Cairo's pixels are premultiplied 32-bit words, alpha in the highest byte.
io::RgbaImage straight(cairo_surface_t* surface, int width, int height) {
  io::RgbaImage image{width, height, std::vector<std::uint8_t>(std::size_t(width) * height * 4)};
  cairo_surface_flush(surface);
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  std::uint8_t* out = image.rgba.data();
  for (int y = 0; y < height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(data + std::ptrdiff_t(y) * stride);
    for (int x = 0; x < width; ++x, out += 4) {
      const std::uint32_t alpha = row[x] >> 24;
      for (int c = 0; c < 3 && alpha > 0; ++c) {
        const std::uint32_t value = row[x] >> (16 - 8 * c) & 255;
        out[c] = std::uint8_t(std::min<std::uint32_t>(255, (value * 255 + alpha / 2) / alpha));
      }
      out[3] = std::uint8_t(alpha);
    }
  }
  return image;
}

}  // namespace

io::RgbaImage draw_svg(const std::string& svg, int longest, const std::string& where) {
  const Handle handle = parse(svg, where);
  const double aspect = aspect_of(handle.get());
  check<FormatError>(std::isfinite(aspect) && aspect > 1e-3 && aspect < 1e3, where,
                     ": expected a drawing with a size, got aspect ", aspect);
  const int width = std::max(1, int(std::lround(longest * std::min(1.0, aspect))));
  const int height = std::max(1, int(std::lround(longest * std::min(1.0, 1 / aspect))));
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
  const Context context(cairo_create(surface.get()));
  const RsvgRectangle viewport{0, 0, double(width), double(height)};
  GError* error = nullptr;
  if (!rsvg_handle_render_document(handle.get(), context.get(), &viewport, &error)) {
    const std::string reason = error ? error->message : "unknown error";
    g_clear_error(&error);
    throw FormatError(concat(where, ": expected an SVG that can be drawn, got: ", reason));
  }
  return straight(surface.get(), width, height);
}

}  // namespace imagine::data
