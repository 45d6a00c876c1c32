#include "text/sentencepiece.h"

#include <cmath>
#include <gmock/gmock.h>

#include "core/check.h"
#include "imagine/error.h"
#include "io/file.h"
#include "text/protobuf.h"
#include "text/sentencepiece_model.h"

namespace imagine::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string model() {
  return io::read_file(io::fs::path(IMAGINE_SOURCE_DIR) /
                       "tests/data/tiny-if/stage1/tokenizer/spiece.model");
}

std::vector<std::int64_t> ids_of(std::string_view prompt, std::size_t most = 77) {
  static const SentencePiece tokenizer(model(), "spiece.model");
  return tokenizer.encode(prompt, most);
}

// The ids are those of transformers 5.23, T5Tokenizer, for the same vocabulary.
TEST(SentencePiece, WhiteSpaceAndWidthAreFolded) {
  EXPECT_THAT(ids_of(""), ElementsAre(1));
  EXPECT_THAT(ids_of(" \t\n "), ElementsAre(1));
  EXPECT_THAT(ids_of("Ａ１"), ElementsAre(151, 76, 1));
  EXPECT_THAT(ids_of("line\nnew"), ElementsAre(3, 336, 516, 1));
  EXPECT_EQ(ids_of("a\u3000b"), ids_of("a b"));
}

TEST(SentencePiece, WhatTheVocabularyLacksIsOneUnknown) {
  EXPECT_THAT(ids_of("🦊🦊"), ElementsAre(3, 2, 1));
  EXPECT_THAT(ids_of("日本 語"), ElementsAre(3, 2, 3, 2, 1));
}

TEST(SentencePiece, AddedTokensAreThemselves) {
  EXPECT_THAT(ids_of("<pad>"), ElementsAre(0, 1));
  EXPECT_THAT(ids_of("<unk> x"), ElementsAre(2, 3, 74, 1));
  EXPECT_THAT(ids_of("a<extra_id_0>b"), ElementsAre(46, 1099, 3, 30, 1));
  EXPECT_THAT(ids_of("<extra_id_99>"), ElementsAre(1000, 1));
  EXPECT_THAT(ids_of("a</s>b</s>"), ElementsAre(46, 1, 3, 30, 1, 1));
  EXPECT_EQ(ids_of("<extra_id_100>").size(), ids_of("extra_id_100").size() + 3);  // no token
}

TEST(SentencePiece, TellsWhichBytesATokenStandsFor) {
  const SentencePiece tokenizer(model(), "spiece.model");
  for (const std::string prompt : {"a red cube", "  two\u3000words  ", "Ａ１ café<extra_id_3> x"}) {
    std::size_t end = 0;
    for (const auto& token : tokenizer.tokens(prompt, 77)) {
      if (token.end == 0) continue;
      EXPECT_GE(token.begin, end) << prompt << ": tokens stand in their order";
      end = token.end;
      EXPECT_LE(end, prompt.size());
    }
    EXPECT_EQ(prompt.find_first_not_of(" ", end), std::string::npos) << "none is left out";
  }
  const auto tokens = tokenizer.tokens("a<extra_id_0>b", 77);
  EXPECT_EQ(tokens[1], (Token{.id = 1099, .begin = 1, .end = 13}));
  EXPECT_EQ(tokens.back(), (Token{.id = 1}));
}

TEST(SentencePiece, LongPromptsAreCutAndStillEnd) {
  EXPECT_THAT(ids_of("line\nnew", 3), ElementsAre(3, 336, 1));
  EXPECT_THAT(ids_of("line\nnew", 1), ElementsAre(1));
  EXPECT_EQ(ids_of(std::string(5000, 'a')).size(), 77);
}

TEST(SentencePiece, RefusesWhatIsNotUtf8) { EXPECT_THROW(ids_of("caf\xe9"), InputError); }

TEST(SentencePiece, RefusesWhatIsNoModel) {
  const auto whole = model();
  for (const auto& bad : {std::string(), std::string("not a model"), std::string(4000, '\xff'),
                          whole.substr(0, whole.size() / 2)}) {
    try {
      SentencePiece unused(bad, "bad.model");
      ADD_FAILURE() << "took " << bad.size() << " bytes";
    } catch (const FormatError& error) {
      EXPECT_THAT(error.what(), HasSubstr("bad.model: expected a SentencePiece model, got "));
    }
  }
}

/// A small model with more fields at the end of the file or of its last piece.
std::string small_with(const std::string& fields, const std::string& of_piece = {}) {
  using Kind = UnigramModel::Kind;
  auto file = sentencepiece_file({.pieces = {{"<pad>", 0, Kind::control},
                                             {"</s>", 0, Kind::control},
                                             {"<unk>", 0, Kind::unknown},
                                             {"a", -1, Kind::normal}},
                                  .character_map = {}});
  if (!of_piece.empty()) put_bytes(file, 1, of_piece);
  return file + fields;
}

TEST(SentencePiece, RefusesAModelThatTheLibraryWouldTrust) {
  const auto refusal = [](const std::string& file) {
    try {
      SentencePiece(file, "m").encode("a b", 9);
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  const auto piece = [](const std::string& text, float score, std::uint64_t type) {
    std::string fields;
    put_bytes(fields, 1, text);
    put_float(fields, 2, score);
    put_varint(fields, 3, type);
    return fields;
  };
  const auto inside = [](std::uint32_t number, const std::string& fields) {
    std::string file;
    put_bytes(file, number, fields);
    return file;
  };
  constexpr std::uint64_t kNormal = 1, kUserDefined = 4;
  EXPECT_EQ(refusal(small_with({}, piece("b", -2, kNormal))), "taken");
  EXPECT_EQ(refusal(small_with({}, piece("b", -2, kUserDefined))), "taken");
  EXPECT_THAT(refusal(small_with({}, piece("b", NAN, kNormal))),
              HasSubstr("m: piece 4: expected a finite score"));
  EXPECT_THAT(refusal(small_with({}, piece("b", -INFINITY, kNormal))),
              HasSubstr("finite score, got -inf"));
  EXPECT_THAT(refusal(small_with({}, piece(std::string("b\0", 2), 0, kNormal))),
              HasSubstr("a zero byte"));
  EXPECT_THAT(refusal(small_with({}, piece(std::string(1025, 'b'), 0, kNormal))),
              HasSubstr("at most 1024 bytes"));
  EXPECT_THAT(refusal(small_with({}, piece(std::string(65, 'b'), 0, kUserDefined))),
              HasSubstr("at most 64 bytes, got 65"));
  EXPECT_THAT(refusal(small_with({}, piece("a", 0, kNormal))),
              HasSubstr("m: expected a SentencePiece model, got"));
  for (const std::uint64_t type : {2, 3, 4}) {  // BPE, words, characters
    std::string trainer;
    put_varint(trainer, 3, type);
    EXPECT_THAT(refusal(small_with(inside(2, trainer))),
                HasSubstr(concat("type Unigram (1), got ", type)));
  }
  std::string normalizer;
  put_bytes(normalizer, 2, "no map");
  for (const std::uint32_t number : {3, 5}) {
    EXPECT_THAT(refusal(small_with(inside(number, normalizer))),
                HasSubstr("m: expected a character map"));
  }
}

}  // namespace
}  // namespace imagine::text
