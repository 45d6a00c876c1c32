#include "text/character_map.h"

#include <cstring>
#include <gmock/gmock.h>
#include <string>
#include <vector>

#include "core/random.h"
#include "imagine/error.h"
#include "text/sentencepiece.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_fixture.h"

namespace imagine::text {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// A map as SentencePiece has it in a file.
struct Made {
  std::vector<std::uint32_t> units = unused(256);
  std::string texts = std::string("x\0long\0", 7);

  /// As the library leaves them: children of a unit that is none.
  static std::vector<std::uint32_t> unused(std::uint32_t count) {
    std::vector<std::uint32_t> units(count);
    for (std::uint32_t i = 0; i < count; ++i) units[i] = i ^ 0xff;
    return units;
  }

  std::string bytes() const {
    const auto size = std::uint32_t(4 * units.size());
    std::string made(4 + size, '\0');
    std::memcpy(made.data(), &size, 4);
    std::memcpy(made.data() + 4, units.data(), size);
    return made + texts;
  }
};

/// Darts-clone's units: one whose children begin `offset` away, and one with a value.
std::uint32_t node(std::uint32_t offset, char label, bool has_leaf) {
  return offset << 10 | std::uint32_t(has_leaf) << 8 | std::uint8_t(label);
}
std::uint32_t leaf(std::uint32_t value) { return value | 0x80000000; }

/// "a" becomes the text at `value`.
Made a_to(std::uint32_t value) {
  Made made;
  made.units[0] = node(1, 0, false);
  made.units[1 ^ 'a'] = node(2, 'a', true);
  made.units[1 ^ 'a' ^ 2] = leaf(value);
  return made;
}

void expect_refusal(const Made& made, const std::string& message) {
  EXPECT_THAT([&] { check_character_map(made.bytes(), "m"); },
              ThrowsMessage<FormatError>(HasSubstr(message)));
}

std::vector<std::int64_t> ids_with(const std::string& map, std::string_view prompt) {
  const UnigramModel model = {.pieces = {{"<pad>", 0, UnigramModel::Kind::control},
                                         {"</s>", 0, UnigramModel::Kind::control},
                                         {"<unk>", 0, UnigramModel::Kind::unknown},
                                         {"\u2581", -1, UnigramModel::Kind::normal},
                                         {"x", -2, UnigramModel::Kind::normal},
                                         {"long", -3, UnigramModel::Kind::normal},
                                         {"a", -4, UnigramModel::Kind::normal}},
                              .character_map = map};
  return SentencePiece(sentencepiece_file(model), "m").encode(prompt, 99);
}

TEST(CharacterMap, WhatPassesIsReadByTheLibrary) {
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids_with("", "a"), Ids({3, 6, 1}));
  EXPECT_EQ(ids_with(a_to(0).bytes(), "ab"), Ids({3, 4, 2, 1}));
  EXPECT_EQ(ids_with(a_to(2).bytes(), "a a"), Ids({3, 5, 3, 5, 1}));
}

TEST(CharacterMap, OfPublishedVocabulariesPasses) {
  check_character_map(TokenizerFixture::model().character_map, "m");
}

TEST(CharacterMap, RefusesSizesThatDoNotFit) {
  for (const std::size_t size : {1, 3, 4}) {
    EXPECT_THAT([&] { check_character_map(std::string(size, 'a'), "m"); },
                ThrowsMessage<FormatError>(HasSubstr("m: expected a character map of 5 to")));
  }
  auto made = a_to(0);
  made.units.pop_back();
  expect_refusal(made, "blocks of 1024 bytes with texts behind them, got 1020 of");
  made.units.clear();
  expect_refusal(made, "got 0 of");
  made = a_to(0);
  made.texts.clear();
  expect_refusal(made, "got 1024 of 1024 bytes");
  auto bytes = a_to(0).bytes();
  bytes[3] = '\x7f';
  EXPECT_THROW(check_character_map(bytes, "m"), FormatError);
}

TEST(CharacterMap, RefusesTextsThatAreNone) {
  auto made = a_to(0);
  made.texts = "x";
  expect_refusal(made, "texts in UTF-8 that end with 0");
  made.texts = std::string("\xff\0", 2);
  expect_refusal(made, "texts in UTF-8 that end with 0");
  made.texts = std::string(200, 'x') + '\0';
  expect_refusal(made, "texts of at most 128 bytes, got one of 200");
  expect_refusal(a_to(7), "one that leads to byte 7 of 7");
  expect_refusal(a_to(3), "one that leads to byte 3 of 7");  // within a text
  expect_refusal(a_to(0x7fffffff), "one that leads to byte 2147483647 of 7");
}

TEST(CharacterMap, RefusesATrieThatLeadsOut) {
  auto made = a_to(0);
  made.units[0] = node(256, 0, false);
  expect_refusal(made, "keeps within 256 units, got one that leads to 256");
  made = a_to(0);
  made.units[1 ^ 'a'] = node(0x1fffff, 'a', true) | 0x200;
  expect_refusal(made, "keeps within 256 units");
}

TEST(CharacterMap, RefusesATrieThatGoesRound) {
  for (const bool has_leaf : {false, true}) {
    auto made = a_to(0);
    made.units[1 ^ 'a'] = node('a', 'a', has_leaf);  // its children are its own brothers
    made.units[1] = leaf(0);
    expect_refusal(made, "keys of at most 32 bytes, got longer ones");
  }
}

/// What passes must not make the library leave its memory (seen by the sanitizers of the fuzzer and
/// here as a crash).
TEST(CharacterMap, BrokenMapsAreRefusedOrHarmless) {
  const auto whole = TokenizerFixture::model().character_map;
  Random random(3, "character_map_test");
  std::string prompt;
  for (char32_t c = 1; c < 0x3100; c += 3) prompt += encode_utf8(std::u32string(1, c));
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    auto map = whole;
    const int changes = 1 << random.below(12);
    for (int k = 0; k < changes; ++k) {
      map[std::size_t(random.uniform() * double(map.size()))] = char(random.below(256));
    }
    try {
      ids_with(map, prompt);
    } catch (const FormatError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
  EXPECT_LT(refused, 60);
}

}  // namespace
}  // namespace imagine::text
