#include <array>
#include <csetjmp>
#include <cstring>
#include <png.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/exif.h"
#include "io/utf8.h"

namespace imagine::io {

namespace {

constexpr std::size_t kSignature = 8;

bool recognises(std::string_view bytes) {
  return bytes.size() >= kSignature &&
         png_sig_cmp(png_const_bytep(bytes.data()), 0, kSignature) == 0;
}

/// libpng takes as much memory as a chunk says it is long before it reads it: the file must have
/// it.
void check_chunks(std::string_view bytes, const std::string& where) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // a chunk's length, type and checksum
  for (std::size_t at = kSignature; at + kAround <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    const auto left = bytes.size() - at - kAround;
    check<FormatError>(length <= left, where, ": expected a whole PNG, got a chunk of ", length,
                       " bytes with ", left, " bytes left");
    at += kAround + length;
  }
}

/// libpng's simplified reader, its header read.
struct PixelReader : png_image {
  explicit PixelReader(const Encoded& encoded) : png_image{}, encoded_(encoded) {
    version = PNG_IMAGE_VERSION;
    check_chunks(encoded.bytes, encoded.where);
    require(png_image_begin_read_from_memory(this, encoded.bytes.data(), encoded.bytes.size()));
  }
  PixelReader(const PixelReader&) = delete;
  PixelReader& operator=(const PixelReader&) = delete;
  ~PixelReader() { png_image_free(this); }

  void require(int ok) const {
    check<FormatError>(ok != 0, encoded_.where, ": expected a whole PNG, got: ", message);
  }

 private:
  const Encoded& encoded_;
};

Extent extent(const Encoded& encoded) {
  const PixelReader reader(encoded);
  return {.width = reader.width, .height = reader.height};
}

RgbaImage decode(const Encoded& encoded) {
  PixelReader reader(encoded);
  auto image = allocate_image(encoded, {reader.width, reader.height});
  reader.format = PNG_FORMAT_RGBA;
  reader.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  reader.require(png_image_finish_read(&reader, nullptr, image.rgba.data(), 0, nullptr));
  return image;
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

Bytes encode(const Image& image, const Provenance& provenance) {
  Bytes bytes;
  Writer writer;
  const bool done = guarded(writer.errors, [&] {
    png_set_write_fn(writer.png, &bytes, append, flush);
    png_set_IHDR(writer.png, writer.info, png_uint_32(image.width), png_uint_32(image.height), 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(writer.png, writer.info, PNG_sRGB_INTENT_PERCEPTUAL);
    add_text(writer, "parameters", provenance.parameters);
    add_text(writer, "imagine", provenance.json);
    png_write_info(writer.png, writer.info);
    for (int y = 0; y < image.height; ++y) png_write_row(writer.png, image.at(0, y));
    png_write_end(writer.png, writer.info);
  });
  check<InputError>(done, "cannot write the image as PNG: ", writer.errors.message.data());
  return bytes;
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

std::string latin1_to_utf8(std::string_view text) {
  std::string utf8;
  for (const char c : text) append_utf8(utf8, static_cast<unsigned char>(c));
  return utf8;
}

std::string text_of(const png_text& chunk) {
  const bool is_utf8 = chunk.compression >= PNG_ITXT_COMPRESSION_NONE;
  return is_utf8 ? std::string(chunk.text) : latin1_to_utf8(chunk.text);
}

/// Reads what stands before the pixels; whether it is whole.
bool read_info(Reader& reader, std::string_view bytes) {
  return guarded(reader.errors, [&] {
    png_set_read_fn(reader.png, &bytes, take);
    png_read_info(reader.png, reader.info);
  });
}

int orientation_of(const Encoded& encoded) {
  check_chunks(encoded.bytes, encoded.where);
  Reader reader;
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  const bool found = read_info(reader, encoded.bytes) &&
                     png_get_eXIf_1(reader.png, reader.info, &size, &exif) != 0;
  if (!found) return 1;
  return orientation({reinterpret_cast<const char*>(exif), size});
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  check_chunks(bytes, where);
  Reader reader;
  check<FormatError>(read_info(reader, bytes), where,
                     ": expected a whole PNG, got: ", reader.errors.message.data());
  png_textp chunks = nullptr;
  int count = 0;
  png_get_text(reader.png, reader.info, &chunks, &count);
  Provenance provenance;
  for (int i = 0; i < count; ++i) {
    const std::string_view key = chunks[i].key;
    if (key == "parameters") provenance.parameters = text_of(chunks[i]);
    if (key == "imagine") provenance.json = text_of(chunks[i]);
  }
  return provenance;
}

}  // namespace

const Codec kPng{recognises, extent, decode, orientation_of, encode, provenance_of};

}  // namespace imagine::io
