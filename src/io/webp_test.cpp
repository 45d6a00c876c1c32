#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "imagine/error.h"
#include "io/codec.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Samples8 = std::vector<std::uint8_t>;

const std::string kWhere = "test.webp";

RgbaImage decode(const Bytes& bytes) { return kWebp.decode({bytes, kWhere, 20'000}); }

/// What the refusal to decode says; empty if the picture is taken.
std::string refusal_of(const Bytes& bytes) {
  try {
    decode(bytes);
  } catch (const FormatError& error) {
    return error.what();
  }
  return {};
}

WebPData view_of(const Bytes& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Bytes assembled(WebPMux* mux) {
  WebPData data{};
  EXPECT_EQ(WebPMuxAssemble(mux, &data), WEBP_MUX_OK);
  Bytes bytes(reinterpret_cast<const char*>(data.bytes), data.size);
  WebPDataClear(&data);
  WebPMuxDelete(mux);
  return bytes;
}

Bytes animation_of(const Bytes& frame) {
  auto* mux = WebPMuxNew();
  WebPMuxFrameInfo info{};
  info.bitstream = view_of(frame);
  info.duration = 100;
  info.id = WEBP_CHUNK_ANMF;
  EXPECT_EQ(WebPMuxPushFrame(mux, &info, 1), WEBP_MUX_OK);
  EXPECT_EQ(WebPMuxPushFrame(mux, &info, 1), WEBP_MUX_OK);
  const WebPMuxAnimParams parameters{};
  EXPECT_EQ(WebPMuxSetAnimationParams(mux, &parameters), WEBP_MUX_OK);
  return assembled(mux);
}

Bytes with_chunk(const Bytes& picture, const char* name, const Bytes& content) {
  const auto image = view_of(picture), chunk = view_of(content);
  auto* mux = WebPMuxNew();
  EXPECT_EQ(WebPMuxSetImage(mux, &image, 1), WEBP_MUX_OK);
  EXPECT_EQ(WebPMuxSetChunk(mux, name, &chunk, 1), WEBP_MUX_OK);
  return assembled(mux);
}

TEST(Webp, ReadsStraightAlphaWithoutLoss) {
  const Samples8 pixels{250, 1, 2, 3, 10, 20, 30, 128, 40, 50, 60, 255, 7, 8, 9, 254};
  std::uint8_t* data = nullptr;
  const auto size = WebPEncodeLosslessRGBA(pixels.data(), 2, 2, 8, &data);
  const Bytes bytes(reinterpret_cast<const char*>(data), size);
  WebPFree(data);
  EXPECT_EQ(decode(bytes).rgba, pixels);
}

TEST(Webp, IsOpaqueWhereTheFileHasNoAlpha) {
  const auto image = decode(encode_webp(Image{3, 1, Samples8(9, 200)}, {}));
  for (const auto pixel : {0, 1, 2}) EXPECT_EQ(image.rgba[std::size_t(pixel) * 4 + 3], 255);
}

TEST(Webp, TakesTheFirstFrameOfAnAnimation) {
  const auto frame = encode_webp(Image{2, 2, Samples8(12, 50)}, {});
  EXPECT_EQ(decode(animation_of(frame)).rgba, decode(frame).rgba);
}

TEST(Webp, RefusesWhatIsCut) {
  const auto bytes = encode_webp(Image{40, 40, Samples8(40 * 40 * 3, 77)}, {"a", "{}"});
  EXPECT_THAT(refusal_of(bytes.substr(0, 16)), HasSubstr("expected a whole WebP header"));
  EXPECT_THAT(refusal_of(bytes.substr(0, bytes.find("VP8 ") + 30)),
              StartsWith("test.webp: expected a whole WebP, got a broken one"));
  EXPECT_THROW(kWebp.provenance(bytes.substr(0, 16), kWhere), FormatError);
}

TEST(Webp, SidesReachWhatTheFormatCanSay) {
  EXPECT_EQ(decode(encode_webp(Image{16383, 1, Samples8(16383 * 3)}, {})).width, 16383);
  try {
    encode_webp(Image{1, 16384, Samples8(16384 * 3)}, {});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("at most 16383 pixels, got 1x16384"));
  }
}

TEST(Webp, ReadsTheMetadataOfOthers) {
  const auto picture = encode_webp(Image{1, 1, Samples8(3, 50)}, {});
  const auto exif = make_exif("ours");
  EXPECT_EQ(kWebp.provenance(with_chunk(picture, "EXIF", exif), kWhere).parameters, "ours");
  const auto prefixed = Bytes("Exif\0\0", 6) + exif;
  EXPECT_EQ(kWebp.provenance(with_chunk(picture, "EXIF", prefixed), kWhere).parameters, "ours");
  const auto foreign = kWebp.provenance(with_chunk(picture, "XMP ", "<x:xmpmeta/>"), kWhere);
  EXPECT_EQ(foreign.json, "");
  EXPECT_EQ(foreign.parameters, "");
}

TEST(Webp, IsToldFromOtherRiffFiles) {
  EXPECT_TRUE(kWebp.recognises("RIFF\x01\x02\x03\x04WEBP"));
  EXPECT_FALSE(kWebp.recognises("RIFF\x01\x02\x03\x04WAVE"));
  EXPECT_FALSE(kWebp.recognises("RIFF\x01\x02\x03\x04WEB"));
}

}  // namespace
}  // namespace imagine::io
