#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jerror.h>
#include <jpeglib.h>
#include <memory>

#include "core/check.h"
#include "io/codec.h"
#include "io/color.h"
#include "io/exif.h"

namespace imagine::io {

namespace {

using namespace std::string_view_literals;

constexpr int kMaxScans = 200;  // each scan of a progressive file costs a pass over all pixels
constexpr int kApp1 = JPEG_APP0 + 1, kApp2 = JPEG_APP0 + 2;
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

/// libjpeg draws in grey what a truncated file lacks and only warns; here that is an error. It
/// warns so when a pixel's bits are missing, not when what follows the last of them is.
void on_message(j_common_ptr codec, int level) {
  if (level < 0 && codec->err->msg_code == JWRN_HIT_MARKER) on_error(codec);
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

/// Bytes in memory, and after them the mark that a whole file ends with.
struct Source {
  jpeg_source_mgr manager{};  // first, so that libjpeg's pointer to it is also one to this
  bool ran_out = false;

  void open(jpeg_decompress_struct& codec, std::string_view bytes) {
    manager.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    manager.bytes_in_buffer = bytes.size();
    manager.init_source = manager.term_source = [](j_decompress_ptr) {};
    manager.fill_input_buffer = [](j_decompress_ptr decompress) -> boolean {
      auto& source = *reinterpret_cast<Source*>(decompress->src);
      source.ran_out = true;
      source.manager.next_input_byte = kEnd.data();
      source.manager.bytes_in_buffer = kEnd.size();
      return TRUE;
    };
    manager.skip_input_data = [](j_decompress_ptr decompress, long count) {
      auto& source = decompress->src;
      if (count > 0 && std::size_t(count) > source->bytes_in_buffer) {
        (*source->fill_input_buffer)(decompress);
      } else if (count > 0) {
        source->next_input_byte += count;
        source->bytes_in_buffer -= std::size_t(count);
      }
    };
    manager.resync_to_restart = jpeg_resync_to_restart;
    codec.src = &manager;
  }

  static constexpr std::array<JOCTET, 2> kEnd{0xff, JPEG_EOI};
};

struct Decoder {
  Errors errors;
  Source source;
  jpeg_decompress_struct codec{};
  jpeg_progress_mgr progress{};

  Decoder() { codec.err = prepare(errors); }
  ~Decoder() { jpeg_destroy_decompress(&codec); }

  void require(bool done, const std::string& where) const {
    check<FormatError>(done, where, ": expected a whole JPEG, got: ", errors.message.data());
  }

  /// For a file that ended too early.
  [[noreturn]] void refuse_end(const std::string& where) {
    codec.err->msg_code = JWRN_JPEG_EOF;
    codec.err->format_message(reinterpret_cast<j_common_ptr>(&codec), errors.message.data());
    throw FormatError(concat(where, ": expected a whole JPEG, got: ", errors.message.data()));
  }

  /// Within guarded().
  void open(std::string_view bytes) {
    jpeg_create_decompress(&codec);
    codec.progress = &progress;
    progress.progress_monitor = [](j_common_ptr common) {
      const auto scan = reinterpret_cast<j_decompress_ptr>(common)->input_scan_number;
      if (scan > kMaxScans) ERREXIT(common, JERR_BAD_PROGRESSION);
    };
    source.open(codec, bytes);
    jpeg_save_markers(&codec, kApp1, 0xffff);
    jpeg_save_markers(&codec, kApp2, 0xffff);
    jpeg_read_header(&codec, TRUE);
  }
};

bool recognises(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

Extent extent(const Encoded& encoded) {
  Decoder decoder;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(encoded.bytes); }), encoded.where);
  return {.width = decoder.codec.image_width, .height = decoder.codec.image_height};
}

ColorProfile colors_of(Decoder& decoder) {
  JOCTET* icc = nullptr;
  unsigned size = 0;
  const bool found = guarded(decoder.errors, [&] {
    if (jpeg_read_icc_profile(&decoder.codec, &icc, &size) == 0) icc = nullptr;
  });
  const std::unique_ptr<JOCTET, decltype(&std::free)> owner(icc, std::free);
  if (!found || icc == nullptr) return {};
  return ColorProfile::of_icc({reinterpret_cast<const char*>(icc), size});
}

/// Whether all that the scans of a progressive file can tell has come, to the last bit.
bool is_complete(const jpeg_decompress_struct& codec) {
  if (codec.coef_bits == nullptr) return false;  // not progressive
  for (int component = 0; component < codec.num_components; ++component) {
    for (const int bits : codec.coef_bits[component]) {
      if (bits != 0) return false;
    }
  }
  return codec.input_iMCU_row == codec.total_iMCU_rows;
}

/// Of a file with several scans all are read first. Where something else than a scan follows one,
/// this answers how many bytes stand before it: they may be all that is needed. Else 0.
std::size_t start(Decoder& decoder, const Encoded& encoded) {
  auto& codec = decoder.codec;
  const auto begin = [&] {
    codec.buffered_image = jpeg_has_multiple_scans(&codec);
    jpeg_start_decompress(&codec);
  };
  decoder.require(guarded(decoder.errors, begin), encoded.where);
  if (!codec.buffered_image) return 0;
  const auto* first = reinterpret_cast<const JOCTET*>(encoded.bytes.data());
  const JOCTET* volatile end = first;  // of the last scan that is whole
  const auto read_scans = [&] {
    for (int status = 0; status != JPEG_REACHED_EOI;) {
      status = jpeg_consume_input(&codec);
      if (status != JPEG_SCAN_COMPLETED || decoder.source.ran_out) continue;
      end = codec.src->next_input_byte - (codec.unread_marker != 0 ? 2 : 0);
    }
  };
  if (!guarded(decoder.errors, read_scans)) {
    const auto before = std::size_t(end - first);
    decoder.require(before > 0 && before < encoded.bytes.size(), encoded.where);
    return before;
  }
  if (decoder.source.ran_out && !is_complete(codec)) decoder.refuse_end(encoded.where);
  const auto show = [&] { jpeg_start_output(&codec, codec.input_scan_number); };
  decoder.require(guarded(decoder.errors, show), encoded.where);
  return 0;
}

/// CMYK files store the inverse of the ink: Adobe's mark says so, and browsers and Pillow take it
/// for granted where there is none.
RgbaImage decode(const Encoded& encoded) {
  Decoder decoder;
  auto& codec = decoder.codec;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(encoded.bytes); }), encoded.where);
  auto image = allocate_image(encoded, {codec.image_width, codec.image_height});
  const bool is_cmyk = codec.num_components == 4;
  auto samples = codec.num_components == 1 ? Samples::gray : Samples::rgba;
  if (is_cmyk) samples = Samples::inverse_ink;
  codec.out_color_space = is_cmyk ? JCS_CMYK : JCS_EXT_RGBA;
  const ToSrgb to_srgb(colors_of(decoder), samples);
  if (const auto whole = start(decoder, encoded)) {
    return decode({encoded.bytes.substr(0, whole), encoded.where, encoded.max_pixels});
  }
  const auto read_rows = [&] {
    while (codec.output_scanline < codec.output_height) {
      JSAMPROW row = image.row(int(codec.output_scanline));
      jpeg_read_scanlines(&codec, &row, 1);
    }
  };
  decoder.require(guarded(decoder.errors, read_rows), encoded.where);
  // Arithmetic coding goes on without bits, so nothing warned.
  if (codec.arith_code && decoder.source.ran_out) decoder.refuse_end(encoded.where);
  const auto count = image.rgba.size() / 4;
  if (to_srgb) {
    to_srgb.convert(image.rgba.data(), image.rgba.data(), count);
  } else if (is_cmyk) {
    mix_ink(image.rgba.data(), count, samples);
  }
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

void write_segment(jpeg_compress_struct& codec, const Bytes& bytes) {
  if (bytes.empty()) return;
  jpeg_write_marker(&codec, kApp1, reinterpret_cast<const JOCTET*>(bytes.data()),
                    unsigned(bytes.size()));
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  Decoder decoder;
  decoder.require(guarded(decoder.errors, [&] { decoder.open(bytes); }), where);
  Provenance provenance;
  for (auto* marker = decoder.codec.marker_list; marker != nullptr; marker = marker->next) {
    const auto data = data_of(*marker);
    if (data.starts_with(kExif)) read_exif(data, provenance);
    if (data.starts_with(kXmp)) provenance.json = json_of_xmp(data);
  }
  return provenance;
}

}  // namespace

Bytes encode_jpeg(const Pixels& pixels, const Provenance& provenance, int quality) {
  const auto exif =
      provenance.parameters.empty() ? Bytes() : Bytes(kExif) + make_exif(provenance.parameters);
  const auto xmp = provenance.json.empty() ? Bytes() : Bytes(kXmp) + make_xmp(provenance.json);
  Encoder encoder;
  auto& codec = encoder.codec;
  const bool done = guarded(encoder.errors, [&] {
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &encoder.bytes, &encoder.size);
    codec.image_width = JDIMENSION(pixels.width);
    codec.image_height = JDIMENSION(pixels.height);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&codec, TRUE);
    write_segment(codec, exif);
    write_segment(codec, xmp);
    while (codec.next_scanline < codec.image_height) {
      auto* row = const_cast<JSAMPROW>(pixels.row(int(codec.next_scanline)));
      jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
  });
  check<InputError>(done, "cannot write the image as JPEG: ", encoder.errors.message.data());
  return Bytes(reinterpret_cast<const char*>(encoder.bytes), encoder.size);
}

Provenance fitted(const Provenance& provenance, ImageFormat format) {
  if (format != ImageFormat::jpeg) return provenance;
  auto held = provenance;
  if (kXmp.size() + make_xmp(held.json).size() > kMaxSegment) held.json.clear();
  const auto room = kMaxSegment - kExif.size();
  while (make_exif(held.parameters).size() > room) {
    const auto over = make_exif(held.parameters).size() - room;  // two bytes or more a character
    auto keep = held.parameters.size() - std::min(held.parameters.size(), (over + 1) / 2);
    while (keep > 0 && (std::uint8_t(held.parameters[keep]) & 0xc0) == 0x80) --keep;
    held.parameters.resize(keep);
  }
  return held;
}

const Codec kJpeg{{"jpg", "jpeg"}, recognises, extent, decode, orientation_of, provenance_of};

}  // namespace imagine::io
