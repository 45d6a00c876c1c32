#include "io/gguf.h"

#include <cstring>
#include <gmock/gmock.h>
#include <vector>

#include "io/temporary_folder.h"
#include "io/weight_files.h"

namespace imagine::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Writes a file piece by piece, right or wrong.
class Maker {
 public:
  template <class Number>
  Maker& number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Maker& text(std::string_view value) {
    number(std::uint64_t(value.size()));
    bytes_ += value;
    return *this;
  }
  Maker& begin(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    bytes_ += "GGUF";
    return number(version).number(tensors).number(keys);
  }
  template <class Number>
  Maker& key(std::string_view name, std::uint32_t kind, Number value) {
    return text(name).number(kind).number(value);
  }
  Maker& tensor(std::string_view name, const std::vector<std::uint64_t>& sides, std::uint32_t type,
                std::uint64_t offset) {
    text(name).number(std::uint32_t(sides.size()));
    for (const auto side : sides) number(side);
    return number(type).number(offset);
  }
  Maker& data(std::size_t size, std::size_t alignment = 32) {
    bytes_.append((alignment - bytes_.size() % alignment) % alignment, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes_ += char(i);
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Gguf parsed(const Bytes& bytes) { return parse_gguf(std::as_bytes(std::span(bytes)), "f"); }

std::string refusal(const Bytes& bytes) {
  try {
    parsed(bytes);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

/// Two tensors and a key, in that version.
Bytes good(std::uint32_t version = 3) {
  return Maker()
      .begin(2, 1, version)
      .key("general.alignment", 4, std::uint32_t(64))
      .tensor("a", {3, 2}, 0, 0)
      .tensor("b", {32}, 8, 64)
      .data(98, 64)
      .bytes();
}

TEST(Gguf, ReadsVersionsTwoAndThree) {
  for (const std::uint32_t version : {2, 3}) {
    const auto bytes = good(version);
    const auto content = parsed(bytes);
    const auto& a = content.tensors.at("a");
    EXPECT_EQ(a.dtype, DType::f32);
    EXPECT_THAT(a.shape, ElementsAre(2, 3));  // rows first
    EXPECT_EQ(a.bytes.size(), 24u);
    EXPECT_EQ(int(a.bytes[1]), 1);
    const auto& b = content.tensors.at("b");
    EXPECT_EQ(b.dtype, DType::q8_0);
    EXPECT_EQ(b.bytes.size(), 34u);
    EXPECT_EQ(int(b.bytes[0]), 64);
    EXPECT_EQ(content.metadata.at("general.alignment"), 64);
  }
}

TEST(Gguf, ReadsEveryKindOfValue) {
  Maker maker;
  maker.begin(0, 14)
      .key("u8", 0, std::uint8_t(200))
      .key("i8", 1, std::int8_t(-3))
      .key("u16", 2, std::uint16_t(60000))
      .key("i16", 3, std::int16_t(-300))
      .key("u32", 4, std::uint32_t(4000000000))
      .key("i32", 5, std::int32_t(-7))
      .key("f32", 6, 0.5F)
      .key("bool", 7, std::uint8_t(1));
  maker.text("text").number(std::uint32_t(8)).text("t5\xc3\xa9");
  maker.text("list").number(std::uint32_t(9)).number(std::uint32_t(8)).number(std::uint64_t(2));
  maker.text("x").text("\xff");
  maker.text("none").number(std::uint32_t(9)).number(std::uint32_t(0)).number(std::uint64_t(0));
  maker.key("u64", 10, std::uint64_t(1) << 63).key("i64", 11, std::int64_t(-1) << 62);
  maker.key("f64", 12, 0.25);
  const auto metadata = parsed(maker.bytes()).metadata;
  const Json expected = {{"u8", 200},
                         {"i8", -3},
                         {"u16", 60000},
                         {"i16", -300},
                         {"u32", 4000000000},
                         {"i32", -7},
                         {"f32", 0.5},
                         {"bool", true},
                         {"text", "t5\xc3\xa9"},
                         {"list", {"x", "\xef\xbf\xbd"}},  // no UTF-8
                         {"none", Json::array()},
                         {"u64", std::uint64_t(1) << 63},
                         {"i64", std::int64_t(-1) << 62},
                         {"f64", 0.25}};
  EXPECT_EQ(metadata, expected);
}

TEST(Gguf, NamesTypesThatAreNotRead) {
  const auto bytes = Maker()
                         .begin(3, 0)
                         .tensor("k", {256, 2}, 12, 0)
                         .tensor("new", {7}, 77, 288)
                         .tensor("last", {1}, 24, 320)
                         .data(321)
                         .bytes();
  const auto content = parsed(bytes);
  EXPECT_EQ(type_name(content.tensors.at("k")), "Q4_K");
  EXPECT_EQ(content.tensors.at("k").bytes.size(), 288u);
  EXPECT_EQ(type_name(content.tensors.at("new")), "type 77");
  EXPECT_EQ(content.tensors.at("last").dtype, DType::i8);
}

TEST(Gguf, RefusesEveryPrefix) {
  const auto bytes = good();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(refusal(bytes.substr(0, size)), testing::StartsWith("f")) << size;
  }
}

TEST(Gguf, RefusesABrokenHeader) {
  const auto has = [](const char* text) { return HasSubstr(text); };
  constexpr auto kHuge = std::uint64_t(1) << 60;
  EXPECT_THAT(refusal("GGML\3\0\0\0"), has("begins with GGUF"));
  EXPECT_THAT(refusal(Maker().begin(0, 0, 1).bytes()), has("expected version 2 or 3, got 1"));
  EXPECT_THAT(refusal(Maker().begin(0, 0, 3U << 24).bytes()), has("big-endian"));
  EXPECT_THAT(refusal(Maker().begin(kHuge, 0).bytes()), has("tensors, got"));
  EXPECT_THAT(refusal(Maker().begin(0, kHuge).bytes()), has("keys, got"));
  EXPECT_THAT(refusal(Maker().begin(0, 1).number(kHuge).bytes()), has("key: expected at most"));
  EXPECT_THAT(refusal(Maker().begin(0, 1).key("a", 13, 0).bytes()), has("a: expected a value"));
  EXPECT_THAT(refusal(Maker().begin(0, 2).key("a", 4, 0).key("a", 4, 0).bytes()), has("twice"));
  const auto list = [&](std::uint32_t kind, std::uint64_t count) {
    Maker maker;
    maker.begin(0, 1).text("a").number(std::uint32_t(9)).number(kind).number(count);
    return refusal(maker.bytes());
  };
  EXPECT_THAT(list(0, kHuge), has("items of lists"));
  EXPECT_THAT(list(0, 100), has("cut short"));
  EXPECT_THAT(list(9, 1), has("a: expected a value"));
  for (const std::uint32_t alignment : {0U, 3U, 1U << 30}) {
    EXPECT_THAT(refusal(Maker().begin(0, 1).key("general.alignment", 4, alignment).bytes()),
                has("expected a power of two"));
  }
  EXPECT_THAT(refusal(Maker().begin(0, 1).key("general.alignment", 5, -32).bytes()),
              has("expected a power of two"));
}

TEST(Gguf, RefusesABrokenTensor) {
  constexpr auto kHuge = std::uint64_t(1) << 62;
  const auto refuses = [](const std::vector<std::uint64_t>& sides, std::uint32_t type,
                          std::uint64_t offset) {
    return refusal(Maker().begin(1, 0).tensor("t", sides, type, offset).data(64).bytes());
  };
  EXPECT_EQ(refuses({4, 4}, 0, 0), "");
  EXPECT_THAT(refuses({4, 5}, 0, 0), HasSubstr("tensor t: expected data within 64 bytes"));
  EXPECT_THAT(refuses({1}, 0, 64), HasSubstr("cut short"));
  EXPECT_THAT(refuses({1}, 0, 7), HasSubstr("at a multiple of 32"));
  EXPECT_THAT(refuses({1}, 0, kHuge), HasSubstr("within 64 bytes"));
  EXPECT_THAT(refuses({kHuge, 4}, 0, 0), HasSubstr("fits 64 bits"));
  EXPECT_THAT(refuses({kHuge}, 28, 0), HasSubstr("whole blocks"));
  EXPECT_THAT(refuses({1, 1, 1, 1, 1}, 0, 0), HasSubstr("at most 4 sides"));
  EXPECT_THAT(refuses({33}, 8, 0), HasSubstr("whole blocks of 32 for Q8_0, got 33"));
  EXPECT_THAT(refuses({}, 8, 0), HasSubstr("whole blocks"));
  const auto two = [](const char* name, std::uint64_t offset) {
    return refusal(
        Maker().begin(2, 0).tensor("t", {9}, 0, 0).tensor(name, {1}, 0, offset).data(128).bytes());
  };
  EXPECT_EQ(two("u", 64), "");
  EXPECT_EQ(two("u", 96), "");  // a hole harms nobody
  EXPECT_THAT(two("u", 32), HasSubstr("tensor u: expected data at a multiple of 32 from 36"));
  EXPECT_THAT(two("t", 64), HasSubstr("expected it once"));
}

TEST(Gguf, OpensAsWeightFilesByContent) {
  const TemporaryFolder folder;
  write_file(folder / "any.name", good());
  const auto files = WeightFiles::open(folder / "any.name");
  EXPECT_EQ(files.tensors().size(), 2u);
  EXPECT_EQ(files.bytes(), 24u + 34u);
  EXPECT_EQ(files.metadata().at("general.alignment"), 64);
  EXPECT_EQ(files.fingerprint(), WeightFiles::open(folder / "any.name").fingerprint());
  EXPECT_THAT(gguf_files(folder.path()), IsEmpty());
  fs::rename(folder / "any.name", folder / "b.gguf");
  write_file(folder / "a.gguf", "");
  EXPECT_THAT(gguf_files(folder.path()), ElementsAre(folder / "a.gguf", folder / "b.gguf"));
}

}  // namespace
}  // namespace imagine::io
