#include "io/json_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_json(text, "f.json");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(JsonFile, KeepsTheOrderAndEveryKindOfValue) {
  const auto* text =
      R"({"z":[1,-2,2.5,true,false,null,"è"],"a":{"b":[],"c":{}},"m":18446744073709551615})";
  EXPECT_EQ(parse_json(text, "t").dump(), text);
  EXPECT_EQ(parse_json(text, "t"), Json::parse(text));
  EXPECT_EQ(parse_json(" 7 ", "t"), 7);
}

TEST(JsonFile, WritesWhatItReads) {
  const TemporaryFolder folder;
  const Json json{{"name", "perché 猫"}, {"sizes", {64, 256}}};
  write_json(folder / "f.json", json);
  EXPECT_EQ(read_json(folder / "f.json"), json);
  EXPECT_EQ(read_file(folder / "f.json"),
            "{\n  \"name\": \"perché 猫\",\n  \"sizes\": [\n    64,\n    256\n  ]\n}\n");
}

TEST(JsonFile, ReadsPythonsNumbersThatJsonLacksAsNull) {
  const TemporaryFolder folder;
  write_file(folder / "f.json", R"({"a":-Infinity,"b":[NaN,Infinity],"NaN":"a \\\"NaN"})");
  EXPECT_EQ(read_python_json(folder / "f.json").dump(),
            R"({"a":null,"b":[null,null],"NaN":"a \\\"NaN"})");
  EXPECT_THROW(read_json(folder / "f.json"), FormatError);
}

TEST(JsonFile, TellsWhereTheSyntaxIsBad) {
  EXPECT_THAT(refusal("{\n  \"a\": 1,\n  oops\n}"),
              testing::StartsWith("f.json: expected JSON, got parse error at line 3, column 3"));
  for (const auto* text : {"", "{", "[1,]", "{\"a\":1} x", "\"\xff\"", "nul", "1e999", "{1:2}"}) {
    EXPECT_THAT(refusal(text), testing::StartsWith("f.json: ")) << text;
  }
}

TEST(JsonFile, RefusesAKeyThatComesTwice) {
  EXPECT_THAT(refusal(R"({"a":1,"b":{"a":1},"a":2})"), testing::HasSubstr("\"a\" twice"));
  EXPECT_EQ(refusal(R"([{"a":1},{"a":2},{"b":{"a":1},"a":2}])"), "");
}

TEST(JsonFile, RefusesDeepNesting) {
  EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_THAT(refusal(std::string(65, '[') + std::string(65, ']')), testing::HasSubstr("64 deep"));
  EXPECT_THAT(refusal(std::string(1'000'000, '[')), testing::HasSubstr("64 deep"));
}

TEST(JsonFile, ReadsAVocabularyInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += concat(i == 0 ? "" : ",", "\"token", i, "\":", i);
  const auto vocabulary = parse_json(text + "}", "t");
  EXPECT_EQ(vocabulary.size(), 200'000u);
}

TEST(JsonFile, RefusesAHugeFile) {
  const TemporaryFolder folder;
  write_file(folder / "f.json", "[]");
  fs::resize_file(folder / "f.json", 64'000'001);
  EXPECT_THROW(read_json(folder / "f.json"), FormatError);
  EXPECT_THROW(read_json(folder / "missing"), FormatError);
  EXPECT_THROW(read_json(folder.path()), FormatError);
}

}  // namespace
}  // namespace imagine::io
