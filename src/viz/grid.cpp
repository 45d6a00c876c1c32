#include "viz/grid.h"

#include <algorithm>
#include <cairo.h>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/check.h"
#include "io/utf8.h"

namespace imagine::viz {

namespace {

constexpr int kMaxSide = 32767;  // Cairo's limit
constexpr int kFontSize = 13;
constexpr int kLineHeight = 17;
constexpr int kMargin = 8;
constexpr auto kEllipsis = "…";

/// Where the cells of a sheet lie.
struct Layout {
  int columns;
  int rows;
  int cell_width;
  int cell_height;
  int gap;

  std::int64_t width() const { return std::int64_t(columns) * (cell_width + gap) - gap; }
  std::int64_t height() const { return std::int64_t(rows) * (cell_height + gap) - gap; }
  int left(std::size_t index) const { return int(index) % columns * (cell_width + gap); }
  int top(std::size_t index) const { return int(index) / columns * (cell_height + gap); }
};

Layout lay_out(std::size_t count, int columns, int gap) {
  check<InputError>(count > 0, "sheet: expected at least one picture, got none");
  check<InputError>(columns > 0, "sheet: expected at least one column, got ", columns);
  check<InputError>(gap >= 0 && gap <= kMaxSide, "sheet: expected a gap of 0 to ", kMaxSide,
                    " pixels, got ", gap);
  const int used = int(std::min(count, std::size_t(columns)));
  return {used, int((count + std::size_t(used) - 1) / std::size_t(used)), 0, 0, gap};
}

void check_size(const Layout& layout) {
  check<InputError>(layout.width() <= kMaxSide && layout.height() <= kMaxSide,
                    "sheet: expected sides of at most ", kMaxSide, " pixels, got ", layout.width(),
                    "x", layout.height());
}

void check_pixels(const Image& image) {
  const bool whole = image.width > 0 && image.height > 0 &&
                     image.rgb.size() == std::size_t(image.width) * image.height * 3;
  check<InputError>(whole, "sheet: expected pictures of width * height * 3 bytes, got ",
                    image.width, "x", image.height, " and ", image.rgb.size(), " bytes");
}

struct CairoDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, CairoDeleter>;
using Context = std::unique_ptr<cairo_t, CairoDeleter>;

Surface new_surface(int width, int height) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  check<ResourceError>(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS,
                       "sheet: no memory for ", width, "x", height, " pixels");
  return surface;
}

/// Row `y` of a surface: 0x00RRGGBB in the machine's byte order.
std::uint32_t* row_of(const Surface& surface, int y) {
  auto* data = cairo_image_surface_get_data(surface.get());
  return reinterpret_cast<std::uint32_t*>(data + std::ptrdiff_t(y) *
                                                     cairo_image_surface_get_stride(surface.get()));
}

Surface to_surface(const Image& image) {
  auto surface = new_surface(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    auto* row = row_of(surface, y);
    for (int x = 0; x < image.width; ++x) {
      const auto* pixel = image.at(x, y);
      row[x] = std::uint32_t(pixel[0]) << 16 | std::uint32_t(pixel[1]) << 8 | pixel[2];
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

Image to_image(const Surface& surface) {
  cairo_surface_flush(surface.get());
  const int width = cairo_image_surface_get_width(surface.get());
  const int height = cairo_image_surface_get_height(surface.get());
  Image image{width, height, {}};
  image.rgb.reserve(std::size_t(width) * height * 3);
  for (int y = 0; y < height; ++y) {
    const auto* row = row_of(surface, y);
    for (int x = 0; x < width; ++x) {
      for (const int shift : {16, 8, 0}) image.rgb.push_back(std::uint8_t(row[x] >> shift));
    }
  }
  return image;
}

/// Scaled to fit the square cell at (left, top) and centred in it.
void draw_picture(cairo_t* context, const Image& image, double left, double top, int cell) {
  const auto picture = to_surface(image);
  const double scale = double(cell) / std::max(image.width, image.height);
  cairo_save(context);
  cairo_translate(context, left + (cell - image.width * scale) / 2,
                  top + (cell - image.height * scale) / 2);
  cairo_scale(context, scale, scale);
  cairo_set_source_surface(context, picture.get(), 0, 0);
  cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD);  // no soft edges
  cairo_rectangle(context, 0, 0, image.width, image.height);
  cairo_fill(context);
  cairo_restore(context);
}

/// Whether the text takes at most `width` pixels.
bool fits(cairo_t* context, const std::string& text, int width) {
  cairo_text_extents_t extents;
  cairo_text_extents(context, text.c_str(), &extents);
  return extents.x_advance <= width;
}

/// Valid UTF-8 with a space for each control character; Cairo takes no other.
std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto code = io::take_utf8(text);
    io::append_utf8(result, code < 0x20 || code == 0x7f ? U' ' : code);
  }
  return result;
}

/// The length of the longest beginning, in whole characters, that fits before `ending`.
std::size_t fitting(cairo_t* context, const std::string& text, const char* ending, int width) {
  std::string_view rest = text;
  std::size_t length = 0;
  while (!rest.empty()) {
    io::take_utf8(rest);
    const auto longer = text.size() - rest.size();
    if (!fits(context, text.substr(0, longer) + ending, width)) break;
    length = longer;
  }
  return length;
}

/// One line, or two of which the first ends between words where it can.
std::vector<std::string> wrap(cairo_t* context, const std::string& text, int width) {
  if (fits(context, text, width)) return {text};
  const auto most = fitting(context, text, "", width);
  const auto space = text.rfind(' ', most);
  const auto cut = space == text.npos || space == 0 ? most : space;
  auto second = text.substr(std::min(text.find_first_not_of(' ', cut), text.size()));
  if (!fits(context, second, width)) {
    second.resize(fitting(context, second, kEllipsis, width));
    second += kEllipsis;
  }
  return {text.substr(0, cut), second};
}

void draw_caption(cairo_t* context, const std::string& caption, double left, double top,
                  int width) {
  double baseline = top + kFontSize;
  for (const auto& line : wrap(context, printable(caption), width)) {
    cairo_move_to(context, left, baseline);
    cairo_show_text(context, line.c_str());
    baseline += kLineHeight;
  }
}

}  // namespace

Image contact_sheet(const std::vector<Image>& images, int columns, int gap) {
  auto layout = lay_out(images.size(), columns, gap);
  for (const auto& image : images) {
    check_pixels(image);
    layout.cell_width = std::max(layout.cell_width, image.width);
    layout.cell_height = std::max(layout.cell_height, image.height);
  }
  check_size(layout);
  Image sheet{int(layout.width()), int(layout.height()), {}};
  sheet.rgb.assign(std::size_t(sheet.width) * sheet.height * 3, 255);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto& image = images[i];
    const int left = layout.left(i) + (layout.cell_width - image.width) / 2;
    const int top = layout.top(i) + (layout.cell_height - image.height) / 2;
    for (int y = 0; y < image.height; ++y) {
      std::copy_n(image.at(0, y), image.width * 3, sheet.at(left, top + y));
    }
  }
  return sheet;
}

Image labelled_sheet(const std::vector<Image>& images, const std::vector<std::string>& captions,
                     int columns, int cell) {
  check<InputError>(captions.size() == images.size(), "sheet: expected ", images.size(),
                    " captions, got ", captions.size());
  check<InputError>(cell > 0 && cell <= kMaxSide, "sheet: expected a cell of 1 to ", kMaxSide,
                    " pixels, got ", cell);
  auto layout = lay_out(images.size(), columns, kMargin);
  layout.cell_width = cell;
  layout.cell_height = cell + kMargin / 2 + 2 * kLineHeight;
  check_size(layout);
  const auto sheet = new_surface(int(layout.width()), int(layout.height()));
  const Context context(cairo_create(sheet.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  cairo_set_source_rgb(context.get(), 0, 0, 0);
  cairo_select_font_face(context.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context.get(), kFontSize);
  for (std::size_t i = 0; i < images.size(); ++i) {
    check_pixels(images[i]);
    draw_picture(context.get(), images[i], layout.left(i), layout.top(i), cell);
    const int gap = kMargin / 2;
    draw_caption(context.get(), captions[i], layout.left(i), layout.top(i) + cell + gap, cell);
  }
  check<ResourceError>(cairo_status(context.get()) == CAIRO_STATUS_SUCCESS,
                       "sheet: ", cairo_status_to_string(cairo_status(context.get())));
  return to_image(sheet);
}

}  // namespace imagine::viz
