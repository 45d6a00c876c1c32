#include "io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

std::span<const std::byte> bytes_of(const Bytes& bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

Bytes copy_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A file with this header and so many bytes of data.
Bytes file_of(const std::string& header, std::size_t data) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes += char(header.size() >> (8 * i) & 0xff);
  return bytes + header + Bytes(data, 'd');
}

/// The error that a file of these bytes gives; empty if it is taken.
std::string refusal(const Bytes& bytes) {
  static const TemporaryFolder folder;
  const auto path = folder / "f.safetensors";
  write_file(path, bytes);
  try {
    const SafetensorsFile file(path);
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith(path.string() + ": "));
    return error.what();
  }
  return "";
}

const std::string kGood = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

TEST(Safetensors, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  const Bytes longs(16, '\1'), floats(24, '\2'), halves(6, '\3'), flag(1, '\4');
  const std::map<std::string, TensorView> tensors{
      {"a.flag", {DType::boolean, {}, bytes_of(flag)}},
      {"b.floats", {DType::f32, {2, 3}, bytes_of(floats)}},
      {"c.longs", {DType::i64, {2}, bytes_of(longs)}},
      {"d.halves", {DType::bf16, {3, 1}, bytes_of(halves)}},
      {"e.none", {DType::f16, {0, 7}, {}}},
  };
  const std::map<std::string, std::string> metadata{{"format", "pt"}, {"è", "猫"}};
  write_safetensors(folder / "f", tensors, metadata);

  const SafetensorsFile file(folder / "f");
  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const auto& [name, view] : tensors) {
    const auto& read = file.tensors().at(name);
    EXPECT_EQ(read.dtype, view.dtype);
    EXPECT_EQ(read.shape, view.shape);
    EXPECT_EQ(copy_of(read.bytes), copy_of(view.bytes));
    const auto address = reinterpret_cast<std::uintptr_t>(read.bytes.data());
    EXPECT_EQ(address % item_size(read.dtype), 0u) << name;
  }
  EXPECT_EQ((file.tensors().at("c.longs").bytes.data() - file.mapping()->bytes().data()) % 64, 0);
}

TEST(Safetensors, WritesNoTensors) {
  const TemporaryFolder folder;
  write_safetensors(folder / "f", {});
  EXPECT_TRUE(SafetensorsFile(folder / "f").tensors().empty());
}

TEST(Safetensors, OutlivesTheFileObject) {
  const TemporaryFolder folder;
  const Bytes data(4, 'x');
  write_safetensors(folder / "f", {{"a", {DType::u8, {4}, bytes_of(data)}}});
  auto file = std::make_unique<SafetensorsFile>(folder / "f");
  const auto mapping = file->mapping();
  const auto view = file->tensors().at("a").bytes;
  file.reset();
  EXPECT_EQ(copy_of(view), data);
}

TEST(Safetensors, RefusesToWriteWhatDoesNotFit) {
  const TemporaryFolder folder;
  const Bytes data(4, 'x');
  const auto write = [&](const std::string& name, std::vector<std::int64_t> shape) {
    write_safetensors(folder / "f", {{name, {DType::u8, std::move(shape), bytes_of(data)}}});
  };
  EXPECT_THROW(write("a", {5}), InputError);
  EXPECT_THROW(write("a", {-4}), InputError);
  EXPECT_THROW(write("__metadata__", {4}), InputError);
  EXPECT_TRUE(folder.names().empty());
}

TEST(Safetensors, TakesAGoodHeaderAndMisalignedData) {
  EXPECT_EQ(refusal(file_of(kGood, 8)), "");
  EXPECT_EQ(refusal(file_of(kGood + " ", 8)), "");
}

TEST(Safetensors, RefusesABrokenHeader) {
  const auto has = [](const char* text) { return testing::HasSubstr(text); };
  EXPECT_THAT(refusal("1234567"), has("7 bytes"));
  EXPECT_THAT(refusal(Bytes("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)),
              has("18446744073709551615"));
  EXPECT_THAT(refusal(Bytes("\x03\0\0\0\0\0\0\0{}", 10)), has("got one of 3 bytes"));
  EXPECT_THAT(refusal(file_of("", 8)), has("begins with {"));
  EXPECT_THAT(refusal(file_of(" {}", 0)), has("begins with {"));
  EXPECT_THAT(refusal(file_of("{\"a\":}", 8)), has("expected JSON"));
  EXPECT_THAT(refusal(file_of("{\"a\":7}", 0)), has("expected an object"));
  EXPECT_THAT(refusal(file_of(R"({"__metadata__":{"a":1}})", 0)), has("expected a string"));
  EXPECT_THAT(refusal(file_of(R"({"__metadata__":[]})", 0)), has("expected an object"));
  EXPECT_THAT(refusal(file_of("{" + kGood.substr(1, kGood.size() - 2) + "," + kGood.substr(1), 8)),
              has("\"a\" twice"));
  EXPECT_THAT(refusal(file_of(R"({"a":{"dtype":"F32","shape":[2]}})", 8)), has("data_offsets"));
}

TEST(Safetensors, RefusesAHeaderOverTheLimit) {
  const TemporaryFolder folder;
  write_file(folder / "f", Bytes("\x01\xe1\xf5\x05\0\0\0\0{", 9));  // 100,000,001
  fs::resize_file(folder / "f", 200'000'000);
  EXPECT_THROW(SafetensorsFile{folder / "f"}, FormatError);
}

TEST(Safetensors, RefusesABrokenTensor) {
  struct Case {
    const char* dtype;
    const char* shape;
    const char* offsets;
    const char* refusal;
  };
  for (const auto& broken : std::vector<Case>{
           {"null", "[2]", "[0,8]", "dtype"},
           {"\"F4\"", "[15]", "[0,8]", "as its shape holds"},
           {"\"F4\"", "[18]", "[0,8]", "as its shape holds"},
           {"\"U64\"", "[2]", "[0,8]", "as its shape holds"},
           {"3", "[2]", "[0,8]", "dtype"},
           {"\"F32\"", "[-2]", "[0,8]", "whole numbers"},
           {"\"F32\"", "[2.0]", "[0,8]", "whole numbers"},
           {"\"F32\"", "2", "[0,8]", "expected an array"},
           {"\"F32\"", "[18446744073709551615]", "[0,8]", "whole numbers"},
           {"\"F32\"", "[4611686018427387904,4]", "[0,8]", "as its shape holds"},
           {"\"F32\"", "[4294967296,4294967296,2]", "[0,8]", "as its shape holds"},
           {"\"F32\"", "[3]", "[0,8]", "as its shape holds"},
           {"\"F32\"", "[2]", "[8,0]", "within 8 bytes"},
           {"\"F32\"", "[2]", "[0,9]", "within 8 bytes"},
           {"\"F32\"", "[2]", "[-8,0]", "whole numbers"},
           {"\"F32\"", "[2]", "[0]", "two data_offsets"},
           {"\"F32\"", "[2]", "{}", "expected an array"},
           {"\"F32\"", "[1]", "[4,8]", "begin at 0"},
           {"\"F32\"", "[1]", "[0,4]", "expected 4 bytes of tensors"},
       }) {
    const auto header = concat(R"({"a":{"dtype":)", broken.dtype, R"(,"shape":)", broken.shape,
                               R"(,"data_offsets":)", broken.offsets, "}}");
    EXPECT_THAT(refusal(file_of(header, 8)), testing::HasSubstr(broken.refusal)) << header;
  }
}

TEST(Safetensors, ListsTensorsOfEveryType) {
  struct Case {
    const char* dtype;
    const char* shape;  // of 24 bytes
    DType ours;
  };
  for (const auto& [dtype, shape, ours] : std::vector<Case>{
           {"F64", "[3]", DType::f64},          {"F32", "[2,3]", DType::f32},
           {"F16", "[12]", DType::f16},         {"BF16", "[12]", DType::bf16},
           {"F8_E4M3", "[24]", DType::f8_e4m3}, {"F8_E5M2", "[24]", DType::f8_e5m2},
           {"F8_E8M0", "[24]", DType::other},   {"F8_E4M3FNUZ", "[24]", DType::other},
           {"F6_E2M3", "[4,8]", DType::other},  {"F6_E3M2", "[32]", DType::other},
           {"F4", "[48]", DType::other},        {"C64", "[3]", DType::other},
           {"I64", "[3]", DType::i64},          {"I32", "[6]", DType::i32},
           {"I16", "[12]", DType::i16},         {"I8", "[24]", DType::i8},
           {"U64", "[3]", DType::u64},          {"U32", "[6]", DType::u32},
           {"U16", "[12]", DType::u16},         {"U8", "[24]", DType::u8},
           {"BOOL", "[24]", DType::boolean},    {"F3_FROM_TOMORROW", "[7,9]", DType::other}}) {
    const auto bytes = file_of(
        concat(R"({"a":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":[0,24]}})"),
        24);
    const auto content = parse_safetensors(std::as_bytes(std::span(bytes)), "f");
    const auto& view = content.tensors.at("a");
    EXPECT_EQ(view.dtype, ours) << dtype;
    EXPECT_EQ(type_name(view), dtype);
    EXPECT_EQ(view.bytes.size(), 24u);
  }
}

TEST(Safetensors, MetadataMayBeNull) {
  EXPECT_EQ(refusal(file_of(R"({"__metadata__":null})", 0)), "");
}

TEST(Safetensors, SaysWhereAFileIsCutShort) {
  const auto bytes = file_of(kGood, 8);
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() - 3)), testing::HasSubstr("cut short"));
  EXPECT_THAT(refusal(bytes.substr(0, 20)), testing::HasSubstr("cut short"));
}

TEST(Safetensors, RefusesOverlapsAndHoles) {
  const auto two = [](const char* a, const char* b) {
    return concat(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)", a,
                  R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)", b, "}}");
  };
  EXPECT_EQ(refusal(file_of(two("[4,8]", "[0,4]"), 8)), "");
  EXPECT_THAT(refusal(file_of(two("[0,4]", "[0,4]"), 8)), testing::HasSubstr("begin at 4, got 0"));
  EXPECT_THAT(refusal(file_of(two("[0,4]", "[3,7]"), 8)), testing::HasSubstr("begin at 4, got 3"));
  EXPECT_THAT(refusal(file_of(two("[0,4]", "[5,9]"), 9)), testing::HasSubstr("begin at 4, got 5"));
}

TEST(Safetensors, RefusesEveryPrefix) {
  const auto bytes = file_of(kGood, 8);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal(bytes.substr(0, size)), "") << size;
  }
}

}  // namespace
}  // namespace imagine::io
