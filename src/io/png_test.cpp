#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "imagine/error.h"
#include "io/codec.h"

namespace imagine::io {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Pixels = std::vector<std::uint8_t>;

const std::string kWhere = "test.png";
const Image kDot{1, 1, {10, 20, 30}};

/// A white dot by libpng, with what `configure` adds to its header.
Bytes foreign_png(const std::function<void(png_structp, png_infop)>& configure) {
  Bytes bytes;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  const auto append = [](png_structp writer, png_bytep data, std::size_t size) {
    static_cast<Bytes*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(data), size);
  };
  png_set_write_fn(png, &bytes, append, [](png_structp) {});
  png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 0, 0);
  configure(png, info);
  png_write_info(png, info);
  const png_byte white = 255;
  png_write_row(png, &white);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

Bytes with_text(int compression, const char* keyword, std::string text) {
  return foreign_png([&](png_structp png, png_infop info) {
    png_text chunk{};
    chunk.compression = compression;
    chunk.key = const_cast<char*>(keyword);
    chunk.text = text.data();
    png_set_text(png, info, &chunk, 1);
  });
}

std::string refusal_of(const Bytes& bytes) {
  try {
    kPng.decode({bytes, kWhere, 1000});
  } catch (const FormatError& error) {
    return error.what();
  }
  return {};
}

TEST(Png, WritesPlainTextAsAsciiAndOtherTextAsUnicode) {
  const auto plain = kPng.encode(kDot, {"a cat\nSteps: 20", "{}"});
  EXPECT_THAT(plain, HasSubstr(Bytes("tEXtparameters\0a cat\nSteps: 20", 30)));
  EXPECT_THAT(plain, HasSubstr(Bytes("tEXtimagine\0{}", 14)));
  const auto other = kPng.encode(kDot, {"un caffè", ""});
  EXPECT_THAT(other, HasSubstr("iTXtparameters"));
  EXPECT_THAT(other, HasSubstr("un caffè"));
  EXPECT_THAT(other, Not(HasSubstr("imagine")));
}

TEST(Png, SaysThatItsColoursAreSrgb) { EXPECT_THAT(kPng.encode(kDot, {}), HasSubstr("sRGB")); }

TEST(Png, ReadsEveryKindOfTextChunk) {
  const auto parameters = [](int compression, const char* text) {
    return kPng.provenance(with_text(compression, "parameters", text), kWhere).parameters;
  };
  EXPECT_EQ(parameters(PNG_TEXT_COMPRESSION_NONE, "caf\xe9"), "café") << "tEXt holds Latin-1";
  EXPECT_EQ(parameters(PNG_TEXT_COMPRESSION_zTXt, "caf\xe9"), "café");
  EXPECT_EQ(parameters(PNG_ITXT_COMPRESSION_NONE, "caffè 猫"), "caffè 猫");
  EXPECT_EQ(parameters(PNG_ITXT_COMPRESSION_zTXt, "caffè 猫"), "caffè 猫");
}

TEST(Png, SkipsTheTextOfOthers) {
  for (const auto* keyword : {"Software", "Parameters", "parameters2"}) {
    const auto provenance =
        kPng.provenance(with_text(PNG_TEXT_COMPRESSION_NONE, keyword, "x"), kWhere);
    EXPECT_EQ(provenance.parameters, "") << keyword;
    EXPECT_EQ(provenance.json, "") << keyword;
  }
}

TEST(Png, ReadsAColourThatIsTransparent) {
  const auto bytes = foreign_png([](png_structp png, png_infop info) {
    png_color_16 colour{};
    colour.gray = 255;
    png_set_tRNS(png, info, nullptr, 0, &colour);
  });
  EXPECT_EQ(kPng.decode({bytes, kWhere, 1}).rgba, (Pixels{255, 255, 255, 0}));
}

TEST(Png, RefusesAWrongChecksum) {
  auto bytes = kPng.encode(kDot, {});
  bytes[bytes.find("IHDR") + 4 + 13] ^= 1;
  EXPECT_THAT(refusal_of(bytes), StartsWith("test.png: expected a whole PNG, got: "));
  EXPECT_THROW(kPng.provenance(bytes, kWhere), FormatError);
}

TEST(Png, RefusesAChunkThatIsLongerThanTheFile) {
  auto bytes = with_text(PNG_TEXT_COMPRESSION_NONE, "Comment", "hello");
  bytes.at(bytes.find("tEXt") - 4) = 0x70;  // 1.9 GB, which libpng would take first
  EXPECT_THAT(refusal_of(bytes),
              HasSubstr("expected a whole PNG, got a chunk of 1879048205 bytes"));
  try {
    kPng.provenance(bytes, kWhere);
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("got a chunk of 1879048205 bytes"));
  }
}

TEST(Png, RefusesTheSignatureAlone) {
  const auto bytes = kPng.encode(kDot, {}).substr(0, 8);
  EXPECT_TRUE(kPng.recognises(bytes));
  EXPECT_FALSE(kPng.recognises(bytes.substr(0, 7)));
  EXPECT_THAT(refusal_of(bytes), StartsWith("test.png: expected a whole PNG"));
  EXPECT_THROW(kPng.provenance(bytes, kWhere), FormatError);
}

}  // namespace
}  // namespace imagine::io
