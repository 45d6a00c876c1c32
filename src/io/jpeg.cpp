#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jerror.h>
#include <jpeglib.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/exif.h"

namespace imagine::io {

namespace {

using namespace std::string_view_literals;

constexpr int kQuality = 95;
constexpr int kMaxScans = 200;  // each scan of a progressive file costs a pass over all pixels
constexpr int kApp1 = JPEG_APP0 + 1;
constexpr std::size_t kMaxSegment = 65533;
constexpr auto kExif = "Exif\0\0"sv;
constexpr auto kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;

/// libjpeg reports an error by a call that must not return: this one keeps the text and jumps back
/// to guarded().
struct Errors {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it is also one to this
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message{};
};

void on_error(j_common_ptr codec) {
  auto& errors = *reinterpret_cast<Errors*>(codec->err);
  codec->err->format_message(codec, errors.message.data());
  std::longjmp(errors.jump, 1);
}

/// libjpeg draws what a truncated file lacks in grey and only warns; here that is an error.
void on_message(j_common_ptr codec, int level) {
  const int code = codec->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) on_error(codec);
}

jpeg_error_mgr* prepare(Errors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = on_error;
  errors.manager.emit_message = on_message;
  return &errors.manager;
}

/// False if libjpeg gave up within `body`, which must own nothing that has a destructor.
template <class Body>
bool guarded(Errors& errors, const Body& body) {
  if (setjmp(errors.jump) != 0) return false;
  body();
  return true;
}

struct Decoder {
  Errors errors;
  jpeg_decompress_struct codec{};
  jpeg_progress_mgr progress{};

  Decoder() { codec.err = prepare(errors); }
  ~Decoder() { jpeg_destroy_decompress(&codec); }

  void require(bool done, const std::string& where) const {
    check<FormatError>(done, where, ": expected a whole JPEG, got: ", errors.message.data());
  }

  /// Within guarded().
  void open(std::string_view bytes) {
    jpeg_create_decompress(&codec);
    codec.progress = &progress;
    progress.progress_monitor = [](j_common_ptr common) {
      const auto scan = reinterpret_cast<j_decompress_ptr>(common)->input_scan_number;
      if (scan > kMaxScans) ERREXIT(common, JERR_BAD_PROGRESSION);
    };
    jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&codec, kApp1, 0xffff);
    jpeg_read_header(&codec, TRUE);
  }
};

bool recognises(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

/// Adobe's programs, the makers of most CMYK files, store the inverse of the ink.
void cmyk_to_rgba(std::uint8_t* row, unsigned width, bool is_inverse) {
  for (auto* pixel = row; pixel != row + 4 * std::size_t(width); pixel += 4) {
    if (!is_inverse) {
      for (int i = 0; i < 4; ++i) pixel[i] = std::uint8_t(255 - pixel[i]);
    }
    for (int i = 0; i < 3; ++i) pixel[i] = std::uint8_t(pixel[i] * pixel[3] / 255);
    pixel[3] = 255;
  }
}

Extent extent(const Encoded& encoded) {
  Decoder decoder;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(encoded.bytes); }), encoded.where);
  return {.width = decoder.codec.image_width, .height = decoder.codec.image_height};
}

RgbaImage decode(const Encoded& encoded) {
  Decoder decoder;
  auto& codec = decoder.codec;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(encoded.bytes); }), encoded.where);
  auto image = allocate_image(encoded, {codec.image_width, codec.image_height});
  const auto read_rows = [&] {
    const bool is_cmyk = codec.num_components == 4;
    codec.out_color_space = is_cmyk ? JCS_CMYK : JCS_EXT_RGBA;
    jpeg_start_decompress(&codec);
    while (codec.output_scanline < codec.output_height) {
      JSAMPROW row = image.rgba.data() + std::size_t(codec.output_scanline) * image.width * 4;
      jpeg_read_scanlines(&codec, &row, 1);
      if (is_cmyk) cmyk_to_rgba(row, codec.output_width, codec.saw_Adobe_marker);
    }
    jpeg_finish_decompress(&codec);
  };
  decoder.require(guarded(decoder.errors, read_rows), encoded.where);
  return image;
}

std::string_view data_of(const jpeg_marker_struct& marker) {
  return {reinterpret_cast<const char*>(marker.data), marker.data_length};
}

int orientation_of(const Encoded& encoded) {
  Decoder decoder;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(encoded.bytes); }), encoded.where);
  for (auto* marker = decoder.codec.marker_list; marker != nullptr; marker = marker->next) {
    if (data_of(*marker).starts_with(kExif)) return orientation(data_of(*marker));
  }
  return 1;
}

struct Encoder {
  Errors errors;
  jpeg_compress_struct codec{};
  unsigned char* bytes = nullptr;  // libjpeg's own buffer
  unsigned long size = 0;

  Encoder() { codec.err = prepare(errors); }
  ~Encoder() {
    jpeg_destroy_compress(&codec);
    std::free(bytes);
  }
};

Bytes segment(std::string_view prefix, const Bytes& content) {
  auto whole = Bytes(prefix) + content;
  check<InputError>(whole.size() <= kMaxSegment, "JPEG metadata: expected at most ", kMaxSegment,
                    " bytes, got ", whole.size());
  return whole;
}

void write_segment(jpeg_compress_struct& codec, const Bytes& bytes) {
  if (bytes.empty()) return;
  jpeg_write_marker(&codec, kApp1, reinterpret_cast<const JOCTET*>(bytes.data()),
                    unsigned(bytes.size()));
}

Bytes encode(const Image& image, const Provenance& provenance) {
  const bool has_text = !provenance.parameters.empty();
  const auto exif = has_text ? segment(kExif, make_exif(provenance.parameters)) : Bytes();
  const auto xmp = provenance.json.empty() ? Bytes() : segment(kXmp, make_xmp(provenance.json));
  Encoder encoder;
  auto& codec = encoder.codec;
  const bool done = guarded(encoder.errors, [&] {
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &encoder.bytes, &encoder.size);
    codec.image_width = JDIMENSION(image.width);
    codec.image_height = JDIMENSION(image.height);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, kQuality, TRUE);
    codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&codec, TRUE);
    write_segment(codec, exif);
    write_segment(codec, xmp);
    while (codec.next_scanline < codec.image_height) {
      auto* row = const_cast<JSAMPROW>(image.at(0, int(codec.next_scanline)));
      jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
  });
  check<InputError>(done, "cannot write the image as JPEG: ", encoder.errors.message.data());
  return Bytes(reinterpret_cast<const char*>(encoder.bytes), encoder.size);
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  Decoder decoder;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(bytes); }), where);
  Provenance provenance;
  for (auto* marker = decoder.codec.marker_list; marker != nullptr; marker = marker->next) {
    const auto data = data_of(*marker);
    if (data.starts_with(kExif)) provenance.parameters = user_comment(data);
    if (data.starts_with(kXmp)) provenance.json = json_of_xmp(data);
  }
  return provenance;
}

}  // namespace

const Codec kJpeg{recognises, extent, decode, orientation_of, encode, provenance_of};

}  // namespace imagine::io
