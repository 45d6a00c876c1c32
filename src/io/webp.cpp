#include <memory>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/exif.h"

namespace imagine::io {

namespace {

constexpr float kQuality = 92;

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

RgbaImage decode(const Encoded& encoded) {
  const auto features = features_of(encoded);
  check<FormatError>(!features.has_animation, encoded.where,
                     ": expected a still WebP, got an animation");
  auto image = allocate_image(encoded, {features.width, features.height});
  const auto* decoded =
      WebPDecodeRGBAInto(data_of(encoded.bytes), encoded.bytes.size(), image.rgba.data(),
                         image.rgba.size(), features.width * 4);
  check<FormatError>(decoded != nullptr, encoded.where,
                     ": expected a whole WebP, got a broken one");
  return image;
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

Bytes encode(const Image& image, const Provenance& provenance) {
  check<InputError>(image.width <= WEBP_MAX_DIMENSION && image.height <= WEBP_MAX_DIMENSION,
                    "cannot write the image as WebP: expected sides of at most ",
                    WEBP_MAX_DIMENSION, " pixels, got ", image.width, "x", image.height);
  std::uint8_t* encoded = nullptr;
  const auto size = WebPEncodeRGB(image.rgb.data(), image.width, image.height, image.width * 3,
                                  kQuality, &encoded);
  const std::unique_ptr<std::uint8_t, WebpDeleter> owner(encoded);
  check<ResourceError>(size > 0, "cannot write the image as WebP: out of memory");
  const std::string_view picture(reinterpret_cast<const char*>(encoded), size);
  const bool is_plain = provenance.parameters.empty() && provenance.json.empty();
  return is_plain ? Bytes(picture) : with_metadata(picture, provenance);
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  const auto mux = opened(bytes);
  check<FormatError>(mux != nullptr, where, ": expected a whole WebP, got a broken one");
  return {user_comment(chunk_of(mux, "EXIF")), json_of_xmp(chunk_of(mux, "XMP "))};
}

}  // namespace

const Codec kWebp{recognises, extent, decode, orientation_of, encode, provenance_of};

}  // namespace imagine::io
