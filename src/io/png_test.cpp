#include <algorithm>
#include <array>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include "imagine/error.h"
#include "io/codec.h"

namespace imagine::io {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Samples8 = std::vector<std::uint8_t>;

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

/// What a PNG is, besides its pixels.
struct Kind {
  int side, color, depth, interlace;
  bool clear;  ///< a colour or a part of the palette is transparent
};

unsigned sample_of(const Kind& kind, int x, int y, int channel) {
  return unsigned(x * 7919 + y * 104729 + channel * 31 + x * y * 17) & ((1U << kind.depth) - 1);
}

int channels_of(int color) {
  if ((color & PNG_COLOR_MASK_PALETTE) != 0) return 1;
  return ((color & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1) + ((color & PNG_COLOR_MASK_ALPHA) != 0);
}

constexpr unsigned kClear = 1;  // the transparent index or grey

png_color palette_color(unsigned index) {
  return {png_byte(index * 3), png_byte(255 - index), png_byte(index * 91)};
}

/// The first pixel's colour is the transparent one of RGB.
Bytes any_png(const Kind& kind) {
  Bytes bytes;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  const auto append = [](png_structp writer, png_bytep data, std::size_t size) {
    static_cast<Bytes*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(data), size);
  };
  png_set_write_fn(png, &bytes, append, [](png_structp) {});
  png_set_IHDR(png, info, png_uint_32(kind.side), png_uint_32(kind.side), kind.depth, kind.color,
               kind.interlace, 0, 0);
  std::vector<png_color> palette;
  for (unsigned i = 0; i < 1U << std::min(kind.depth, 8); ++i) palette.push_back(palette_color(i));
  const bool indexed = kind.color == PNG_COLOR_TYPE_PALETTE;
  if (indexed) png_set_PLTE(png, info, palette.data(), int(palette.size()));
  const std::array<png_byte, 2> alphas{255, 40};
  png_color_16 key{};
  key.gray = kClear;
  key.red = png_uint_16(sample_of(kind, 0, 0, 0)),
  key.green = png_uint_16(sample_of(kind, 0, 0, 1));
  key.blue = png_uint_16(sample_of(kind, 0, 0, 2));
  if (kind.clear) png_set_tRNS(png, info, alphas.data(), indexed ? 2 : 0, indexed ? nullptr : &key);
  png_write_info(png, info);
  const int channels = channels_of(kind.color);
  std::vector<std::vector<png_byte>> rows(std::size_t(kind.side));
  std::vector<png_bytep> starts;
  for (int y = 0; y < kind.side; ++y) {
    auto& row = rows[std::size_t(y)];
    row.resize(std::size_t(kind.side * channels * kind.depth + 7) / 8);
    for (int i = 0; i < kind.side * channels; ++i) {
      const auto value = sample_of(kind, i / channels, y, i % channels);
      if (kind.depth == 16) row[std::size_t(2 * i)] = png_byte(value >> 8);
      if (kind.depth == 16) row[std::size_t(2 * i + 1)] = png_byte(value);
      if (kind.depth == 16) continue;
      const int bit = i * kind.depth;
      row[std::size_t(bit / 8)] |= png_byte(value << (8 - kind.depth - bit % 8));
    }
    starts.push_back(row.data());
  }
  png_write_image(png, starts.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

/// What is to be seen of it, computed anew.
Samples8 expected_of(const Kind& kind) {
  Samples8 rgba;
  const unsigned most = (1U << kind.depth) - 1;
  const auto byte = [&](unsigned value) {
    return std::uint8_t((value * 255ULL + most / 2) / most);
  };
  for (int i = 0; i < kind.side * kind.side; ++i) {
    const int x = i % kind.side, y = i / kind.side;
    const auto at = [&](int channel) { return sample_of(kind, x, y, channel); };
    const bool color = (kind.color & PNG_COLOR_MASK_COLOR) != 0;
    if (kind.color == PNG_COLOR_TYPE_PALETTE) {
      const auto [red, green, blue] = palette_color(at(0));
      const bool is_clear = kind.clear && at(0) == kClear;
      rgba.insert(rgba.end(), {red, green, blue, std::uint8_t(is_clear ? 40 : 255)});
      continue;
    }
    const int alpha_at = color ? 3 : 1;
    bool is_key = at(0) == kClear;
    for (int c = 0; c < 3 && color; ++c) {
      is_key = (c == 0 || is_key) && at(c) == sample_of(kind, 0, 0, c);
    }
    auto alpha = (kind.color & PNG_COLOR_MASK_ALPHA) != 0 ? byte(at(alpha_at)) : std::uint8_t(255);
    if (kind.clear && is_key) alpha = 0;
    rgba.insert(rgba.end(), {byte(at(0)), byte(at(color ? 1 : 0)), byte(at(color ? 2 : 0)), alpha});
  }
  return rgba;
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
  const auto plain = encode_png(kDot, {"a cat\nSteps: 20", "{}"});
  EXPECT_THAT(plain, HasSubstr(Bytes("tEXtparameters\0a cat\nSteps: 20", 30)));
  EXPECT_THAT(plain, HasSubstr(Bytes("tEXtimagine\0{}", 14)));
  const auto other = encode_png(kDot, {"un caffè", ""});
  EXPECT_THAT(other, HasSubstr("iTXtparameters"));
  EXPECT_THAT(other, HasSubstr("un caffè"));
  EXPECT_THAT(other, Not(HasSubstr("imagine")));
}

TEST(Png, SaysThatItsColoursAreSrgb) { EXPECT_THAT(encode_png(kDot, {}), HasSubstr("sRGB")); }

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
  EXPECT_EQ(kPng.decode({bytes, kWhere, 1}).rgba, (Samples8{255, 255, 255, 0}));
}

TEST(Png, RefusesAWrongChecksum) {
  auto bytes = encode_png(kDot, {});
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

/// A chunk with its length and checksum.
Bytes chunk(const Bytes& type, const Bytes& data) {
  const auto word = [](std::size_t value) {
    Bytes bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += char(value >> shift & 0xff);
    return bytes;
  };
  const auto body = type + data;
  return word(data.size()) + body +
         word(crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size()));
}

/// Of all kinds that the format has: interlaced, to compare with the same that is not.
TEST(Png, ReadsEveryDepthAndKindInterlacedOrNot) {
  constexpr int kSide = 13;
  const std::vector<std::pair<int, std::vector<int>>> kinds{{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
                                                            {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
                                                            {PNG_COLOR_TYPE_RGB, {8, 16}},
                                                            {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
                                                            {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}};
  for (const auto& [kind, depths] : kinds) {
    for (const int depth : depths) {
      for (const bool clear : {false, true}) {
        if (clear && (kind & PNG_COLOR_MASK_ALPHA) != 0) continue;
        const auto read = [&, kind = kind](int interlace) {
          return decode_image(any_png({kSide, kind, depth, interlace, clear}), kWhere);
        };
        const auto plain = read(PNG_INTERLACE_NONE);
        EXPECT_EQ(plain.rgba, read(PNG_INTERLACE_ADAM7).rgba) << kind << ' ' << depth;
        EXPECT_EQ(plain.rgba, expected_of({kSide, kind, depth, 0, clear})) << kind << ' ' << depth;
      }
    }
  }
}

TEST(Png, LooksAtNothingAfterItsEnd) {
  const auto bytes = encode_png(kDot, {"a cat", "{}"});
  const auto pixels = decode_image(bytes, kWhere).rgba;
  for (const Bytes& rest : {Bytes("x"), Bytes(500, '\0'), Bytes(500, '\xff'), bytes,
                            Bytes("\x7f\xff\xff\xfftEXt and no more of it")}) {
    EXPECT_EQ(decode_image(bytes + rest, kWhere).rgba, pixels);
    EXPECT_EQ(read_provenance(bytes + rest, kWhere).parameters, "a cat");
    EXPECT_EQ(image_extent(bytes + rest, kWhere), (Extent{1, 1}));
  }
}

TEST(Png, ReadsTextAndOrientationAfterThePixels) {
  const auto bytes = encode_png(Image{2, 1, {1, 2, 3, 4, 5, 6}}, {});
  const Bytes turned("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 22);
  const std::vector<Bytes> chunks{chunk("tEXt", Bytes("parameters\0a caf\xe9", 17)),
                                  chunk("iTXt", Bytes("imagine\0\0\0\0\0{}", 14)),
                                  chunk("tEXt", Bytes("prompt\0{}", 9)), chunk("eXIf", turned)};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    for (const auto* before : {"IDAT", "IEND"}) {
      auto mixed = bytes;
      for (const auto i : order) mixed.insert(mixed.find(before) - 4, chunks[i]);
      const auto provenance = read_provenance(mixed, kWhere);
      EXPECT_EQ(provenance.parameters, "a café");
      EXPECT_EQ(provenance.json, "{}");
      EXPECT_EQ(provenance.others.at("prompt"), "{}");
      EXPECT_EQ(image_extent(mixed, kWhere), (Extent{1, 2}));
      EXPECT_EQ(decode_image(mixed, kWhere).rgba, (Samples8{1, 2, 3, 255, 4, 5, 6, 255}));
    }
  } while (std::ranges::next_permutation(order).found);
}

/// By zlib, to at most 100 kB.
Bytes packed(const Bytes& text) {
  Bytes bytes(100'000, '\0');
  uLongf size = bytes.size();
  EXPECT_EQ(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  bytes.resize(size);
  return bytes;
}

TEST(Png, PassesOverDamagedTextAndHugeText) {
  const auto bytes = encode_png(kDot, {"a cat", ""});
  const auto with = [&](const Bytes& chunk) {
    auto mixed = bytes;
    mixed.insert(mixed.find("IDAT") - 4, chunk);
    EXPECT_EQ(decode_image(mixed, kWhere).width, 1);
    return read_provenance(mixed, kWhere);
  };
  auto damaged = chunk("tEXt", Bytes("parameters\0a dog", 16));
  damaged.back() ^= 1;
  EXPECT_EQ(with(damaged).parameters, "a cat");
  EXPECT_EQ(with(chunk("zTXt", Bytes("parameters\0\0not packed", 22))).parameters, "a cat");
  EXPECT_EQ(with(chunk("zTXt", "parameters")).parameters, "a cat");
  EXPECT_EQ(with(chunk("iTXt", "parameters")).parameters, "a cat");
  const auto bomb = packed(Bytes(17 << 20, 'x'));
  EXPECT_EQ(with(chunk("zTXt", Bytes("parameters\0\0", 12) + bomb)).parameters, "a cat");
}

TEST(Png, KeepsSoMuchTextOfAllChunksTogether) {
  const Bytes long_text(6 << 20, 'x');
  auto mixed = encode_png(kDot, {"a cat", ""});
  for (const char* name : {"a", "b", "c", "d"}) {
    mixed.insert(mixed.find("IDAT") - 4,
                 chunk("zTXt", name + Bytes("\0\0", 2) + packed(long_text)));
  }
  std::size_t kept = 0;
  const auto provenance = read_provenance(mixed, kWhere);
  for (const auto& [name, text] : provenance.others) kept += text.size();
  EXPECT_EQ(kept, 2 * long_text.size());
  EXPECT_EQ(provenance.parameters, "a cat");
}

TEST(Png, RefusesHighDynamicRangeByName) {
  for (const auto& [transfer, name] : {std::pair{'\x10', "(PQ)"}, {'\x12', "(HLG)"}}) {
    auto bytes = encode_png(kDot, {});
    bytes.insert(bytes.find("IDAT") - 4, chunk("cICP", Bytes("\x09") + transfer + '\0' + '\x01'));
    EXPECT_THAT(refusal_of(bytes), HasSubstr(name));
  }
}

TEST(Png, RefusesTheSignatureAlone) {
  const auto bytes = encode_png(kDot, {}).substr(0, 8);
  EXPECT_TRUE(kPng.recognises(bytes));
  EXPECT_FALSE(kPng.recognises(bytes.substr(0, 7)));
  EXPECT_THAT(refusal_of(bytes), StartsWith("test.png: expected a whole PNG"));
  EXPECT_THROW(kPng.provenance(bytes, kWhere), FormatError);
}

}  // namespace
}  // namespace imagine::io
