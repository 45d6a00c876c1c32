#include "text/sentencepiece.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/file.h"

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

}  // namespace
}  // namespace imagine::text
