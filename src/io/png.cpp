#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <png.h>
#include <zlib.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/exif.h"
#include "io/png_chunks.h"

namespace imagine::io {

namespace {

constexpr std::size_t kSignature = 8;

bool recognises(std::string_view bytes) {
  return bytes.size() >= kSignature &&
         png_sig_cmp(png_const_bytep(bytes.data()), 0, kSignature) == 0;
}

/// libpng reports an error by a call that must not return: this one keeps the text and jumps back
/// to guarded().
struct Errors {
  std::jmp_buf jump;
  std::array<char, 128> message{};
};

void on_error(png_structp png, png_const_charp message) {
  auto& errors = *static_cast<Errors*>(png_get_error_ptr(png));
  std::strncpy(errors.message.data(), message, errors.message.size() - 1);
  std::longjmp(errors.jump, 1);
}

void on_warning(png_structp, png_const_charp) {}

/// False if libpng gave up within `body`, which must own nothing that has a destructor.
template <class Body>
bool guarded(Errors& errors, const Body& body) {
  if (setjmp(errors.jump) != 0) return false;
  body();
  return true;
}

void append(png_structp png, png_bytep data, std::size_t size) {
  static_cast<Bytes*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

void flush(png_structp) {}

struct Writer {
  Errors errors;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, on_error, on_warning);
  png_infop info = png_create_info_struct(png);
  ~Writer() { png_destroy_write_struct(&png, &info); }
};

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

/// tEXt holds Latin-1, so other text goes into an iTXt chunk, as Pillow does it.
void add_text(const Writer& writer, const char* keyword, const std::string& text) {
  if (text.empty()) return;
  png_text chunk{};
  chunk.compression = is_ascii(text) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
  chunk.key = const_cast<char*>(keyword);
  chunk.text = const_cast<char*>(text.c_str());
  png_set_text(writer.png, writer.info, &chunk, 1);
}

struct Reader {
  Errors errors;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors, on_error, on_warning);
  png_infop info = png_create_info_struct(png);
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

void take(png_structp png, png_bytep data, std::size_t size) {
  auto& bytes = *static_cast<std::string_view*>(png_get_io_ptr(png));
  if (size > bytes.size()) png_error(png, "truncated");
  std::memcpy(data, bytes.data(), size);
  bytes.remove_prefix(size);
}

/// Within guarded(): reads the header and settles how rows come: red, green, blue and alpha, in two
/// bytes each if `wide`, else in one. Colours are left as they are: ToSrgb converts them.
void begin_reading(const Reader& reader, std::string_view& bytes, bool wide) {
  auto* png = reader.png;
  png_set_read_fn(png, &bytes, take);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // all but the pixels
  png_read_info(png, reader.info);
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  if (wide && std::endian::native == std::endian::little) png_set_swap(png);
  if (!wide) png_set_scale_16(png);
  png_set_add_alpha(png, wide ? 0xffff : 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
}

struct Header {
  Extent extent;
  int bit_depth;
  bool is_gray;
};

/// libpng checks it again.
Header header_of(const PngChunks& chunks, const Encoded& encoded) {
  const auto ihdr = chunks.find("IHDR");
  check<FormatError>(ihdr.size() == 13, encoded.where,
                     ": expected a whole PNG, got: no header of 13 bytes");
  const auto side = [&](std::size_t at) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | std::uint8_t(ihdr[i]);
    return value;
  };
  return {.extent = {.width = side(0), .height = side(4)},
          .bit_depth = std::uint8_t(ihdr[8]),
          .is_gray = (std::uint8_t(ihdr[9]) & PNG_COLOR_MASK_COLOR) == 0};
}

Extent extent(const Encoded& encoded) {
  return header_of(PngChunks(encoded.bytes, encoded.where), encoded).extent;
}

/// Rows of `stride` bytes into `pixels`.
void read_rows(const Encoded& encoded, const Header& header, std::uint8_t* pixels, bool wide) {
  const auto stride = std::size_t(header.extent.width) * (wide ? 8 : 4);
  std::vector<png_bytep> rows(std::size_t(header.extent.height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = pixels + y * stride;
  Reader reader;
  auto bytes = encoded.bytes;
  const bool done = guarded(reader.errors, [&] {
    begin_reading(reader, bytes, wide);
    if (png_get_rowbytes(reader.png, reader.info) != stride) png_error(reader.png, "odd rows");
    png_read_image(reader.png, rows.data());
  });
  check<FormatError>(done, encoded.where,
                     ": expected a whole PNG, got: ", reader.errors.message.data());
}

RgbaImage decode(const Encoded& encoded) {
  const PngChunks chunks(encoded.bytes, encoded.where);
  const auto header = header_of(chunks, encoded);
  auto image = allocate_image(encoded, header.extent);
  const bool wide = header.bit_depth == 16;
  const ToSrgb to_srgb(chunks.colors(encoded.where),
                       header.is_gray ? (wide ? Samples::gray16 : Samples::gray)
                                      : (wide ? Samples::rgba16 : Samples::rgba));
  if (!to_srgb || !wide) {
    read_rows(encoded, header, image.rgba.data(), false);
    if (to_srgb) to_srgb.convert(image.rgba.data(), image.rgba.data(), image.rgba.size() / 4);
    return image;
  }
  std::vector<std::uint16_t> samples(image.rgba.size());
  read_rows(encoded, header, reinterpret_cast<std::uint8_t*>(samples.data()), true);
  to_srgb.convert(samples.data(), image.rgba.data(), image.rgba.size() / 4);
  return image;
}

int orientation_of(const Encoded& encoded) {
  return orientation(PngChunks(encoded.bytes, encoded.where).find("eXIf"));
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  const PngChunks chunks(bytes, where);
  check<FormatError>(!chunks.find("IHDR").empty(), where, ": expected a whole PNG, got: no header");
  return chunks.provenance();
}

}  // namespace

Bytes encode_png(const Pixels& pixels, const Provenance& provenance) {
  Bytes bytes;
  Writer writer;
  const int color = pixels.channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB;
  const bool done = guarded(writer.errors, [&] {
    png_set_write_fn(writer.png, &bytes, append, flush);
    png_set_IHDR(writer.png, writer.info, png_uint_32(pixels.width), png_uint_32(pixels.height), 8,
                 color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(writer.png, writer.info, PNG_sRGB_INTENT_PERCEPTUAL);
    // Photographs hold no repeats but those that filters leave: looking for others takes five times
    // as long (1024x1024: 240 ms against 43) and makes the files no smaller
    // (findings/pillow_png_strategy.sh).
    png_set_filter(writer.png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_set_compression_strategy(writer.png, Z_RLE);
    add_text(writer, "parameters", provenance.parameters);
    add_text(writer, "imagine", provenance.json);
    png_write_info(writer.png, writer.info);
    for (int y = 0; y < pixels.height; ++y) png_write_row(writer.png, pixels.row(y));
    png_write_end(writer.png, writer.info);
  });
  check<InputError>(done, "cannot write the image as PNG: ", writer.errors.message.data());
  return bytes;
}

const Codec kPng{{"png"}, recognises, extent, decode, orientation_of, provenance_of};

}  // namespace imagine::io
