#include <algorithm>
#include <memory>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/color.h"
#include "io/exif.h"

namespace imagine::io {

namespace {

const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

WebPData view_of(std::string_view bytes) { return {data_of(bytes), bytes.size()}; }

bool recognises(std::string_view bytes) {
  return bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

WebPBitstreamFeatures features_of(const Encoded& encoded) {
  WebPBitstreamFeatures features;
  const auto status = WebPGetFeatures(data_of(encoded.bytes), encoded.bytes.size(), &features);
  check<FormatError>(status == VP8_STATUS_OK, encoded.where, ": expected a whole WebP header");
  return features;
}

Extent extent(const Encoded& encoded) {
  const auto features = features_of(encoded);
  return {.width = features.width, .height = features.height};
}

struct MuxDeleter {
  void operator()(WebPMux* mux) const { WebPMuxDelete(mux); }
};
using Mux = std::unique_ptr<WebPMux, MuxDeleter>;

/// nullptr for a broken file.
Mux opened(std::string_view bytes) {
  const auto view = view_of(bytes);
  constexpr int kBorrow = 0;
  return Mux(WebPMuxCreate(&view, kBorrow));
}

std::string_view chunk_of(const Mux& mux, const char* name) {
  WebPData chunk{};
  if (WebPMuxGetChunk(mux.get(), name, &chunk) != WEBP_MUX_OK) return {};
  return {reinterpret_cast<const char*>(chunk.bytes), chunk.size};
}

/// The pixels of one bitstream, as large as it says; `where` for errors.
RgbaImage decode_bitstream(const Encoded& encoded) {
  const auto features = features_of(encoded);
  auto image = allocate_image(encoded, {features.width, features.height});
  const auto* decoded =
      WebPDecodeRGBAInto(data_of(encoded.bytes), encoded.bytes.size(), image.rgba.data(),
                         image.rgba.size(), features.width * 4);
  check<FormatError>(decoded != nullptr, encoded.where,
                     ": expected a whole WebP, got a broken one");
  return image;
}

/// An animation's first frame, where it lies on the transparent canvas.
RgbaImage first_frame(const Encoded& encoded, const Mux& mux) {
  int width = 0, height = 0;
  const bool sized = WebPMuxGetCanvasSize(mux.get(), &width, &height) == WEBP_MUX_OK;
  WebPMuxFrameInfo info{};
  const bool found = sized && WebPMuxGetFrame(mux.get(), 1, &info) == WEBP_MUX_OK;
  const std::unique_ptr<WebPData, decltype(&WebPDataClear)> owner(&info.bitstream, WebPDataClear);
  check<FormatError>(found, encoded.where, ": expected a whole WebP, got a broken animation");
  auto canvas = allocate_image(encoded, {width, height});
  const std::string_view bytes(reinterpret_cast<const char*>(info.bitstream.bytes),
                               info.bitstream.size);
  auto frame = decode_bitstream({bytes, encoded.where, encoded.max_pixels});
  const bool fits = info.x_offset >= 0 && info.y_offset >= 0 &&
                    frame.width <= width - info.x_offset && frame.height <= height - info.y_offset;
  check<FormatError>(fits, encoded.where, ": expected frames within the WebP's canvas");
  for (int y = 0; y < frame.height; ++y) {
    std::copy_n(frame.row(y), std::size_t(frame.width) * 4,
                canvas.row(y + info.y_offset) + std::ptrdiff_t(info.x_offset) * 4);
  }
  return canvas;
}

RgbaImage decode(const Encoded& encoded) {
  const bool moves = features_of(encoded).has_animation != 0;
  const auto mux = opened(encoded.bytes);
  check<FormatError>(mux || !moves, encoded.where, ": expected a whole WebP, got a broken one");
  auto image = moves ? first_frame(encoded, mux) : decode_bitstream(encoded);
  const auto icc = mux ? chunk_of(mux, "ICCP") : std::string_view();
  const ToSrgb to_srgb(ColorProfile::of_icc(icc), Samples::rgba);
  if (to_srgb) to_srgb.convert(image.rgba.data(), image.rgba.data(), image.rgba.size() / 4);
  return image;
}

int orientation_of(const Encoded& encoded) {
  const auto mux = opened(encoded.bytes);
  return mux ? orientation(chunk_of(mux, "EXIF")) : 1;
}

struct WebpDeleter {
  void operator()(std::uint8_t* bytes) const { WebPFree(bytes); }
};

Bytes with_metadata(std::string_view picture, const Provenance& provenance) {
  const Mux mux(WebPMuxNew());
  const auto succeed = [](WebPMuxError error) {
    check<InputError>(error == WEBP_MUX_OK, "cannot write WebP metadata: error ", int(error));
  };
  constexpr int kCopy = 1;
  const auto image = view_of(picture);
  succeed(WebPMuxSetImage(mux.get(), &image, kCopy));
  const auto set_chunk = [&](const char* name, const Bytes& bytes) {
    const auto chunk = view_of(bytes);
    succeed(WebPMuxSetChunk(mux.get(), name, &chunk, kCopy));
  };
  if (!provenance.parameters.empty()) set_chunk("EXIF", make_exif(provenance.parameters));
  if (!provenance.json.empty()) set_chunk("XMP ", make_xmp(provenance.json));
  WebPData assembled;
  succeed(WebPMuxAssemble(mux.get(), &assembled));
  Bytes bytes(reinterpret_cast<const char*>(assembled.bytes), assembled.size);
  WebPDataClear(&assembled);
  return bytes;
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  const auto mux = opened(bytes);
  check<FormatError>(mux != nullptr, where, ": expected a whole WebP, got a broken one");
  Provenance provenance{.json = json_of_xmp(chunk_of(mux, "XMP "))};
  read_exif(chunk_of(mux, "EXIF"), provenance);
  return provenance;
}

}  // namespace

Bytes encode_webp(const Pixels& pixels, const Provenance& provenance, int quality) {
  check<InputError>(pixels.width <= WEBP_MAX_DIMENSION && pixels.height <= WEBP_MAX_DIMENSION,
                    "cannot write the image as WebP: expected sides of at most ",
                    WEBP_MAX_DIMENSION, " pixels, got ", pixels.width, "x", pixels.height);
  std::uint8_t* encoded = nullptr;
  const auto encode = pixels.channels == 4 ? WebPEncodeRGBA : WebPEncodeRGB;
  const auto size = encode(pixels.data, pixels.width, pixels.height, pixels.width * pixels.channels,
                           float(quality), &encoded);
  const std::unique_ptr<std::uint8_t, WebpDeleter> owner(encoded);
  check<ResourceError>(size > 0, "cannot write the image as WebP: out of memory");
  const std::string_view picture(reinterpret_cast<const char*>(encoded), size);
  const bool is_plain = provenance.parameters.empty() && provenance.json.empty();
  return is_plain ? Bytes(picture) : with_metadata(picture, provenance);
}

const Codec kWebp{{"webp"}, recognises, extent, decode, orientation_of, provenance_of};

}  // namespace imagine::io
