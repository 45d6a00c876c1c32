#include "text/tokenizer_file.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"
#include "text/tokenizer_fixture.h"

namespace imagine::text {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kEnough = 40'000;

class TokenizerFileTest : public testing::Test {
 protected:
  /// A file with its own path as content.
  void write(const std::string& name) const {
    io::fs::create_directories((folder_ / name).parent_path());
    io::write_file(folder_ / name, name);
  }
  std::string found(const std::string& encoder, const char* name = kT5Tokenizer) const {
    io::fs::create_directories(folder_ / encoder);
    return find_tokenizer(folder_ / encoder, name).content;
  }

  io::TemporaryFolder folder_;
};

TEST_F(TokenizerFileTest, IsLookedForFromNearToFar) {
  EXPECT_THAT([&] { found("text_encoder_2"); },
              ThrowsMessage<FormatError>(HasSubstr(
                  "text_encoder_2: expected spiece.model or tokenizer.json in it or in a folder")));
  for (const auto* next : {"tokenizer/tokenizer.json", "tokenizer/spiece.model",
                           "tokenizer_2/tokenizer.json", "tokenizer_2/spiece.model",
                           "text_encoder_2/tokenizer.json", "text_encoder_2/spiece.model"}) {
    write(next);
    EXPECT_EQ(found("text_encoder_2"), next);
    EXPECT_EQ(found("text_encoder_2/"), next);
  }
  EXPECT_EQ(found("text_encoder"), "tokenizer/spiece.model");
  EXPECT_EQ(found("text_encoder_3"), "tokenizer/spiece.model");
  EXPECT_EQ(found("mine"), "tokenizer/spiece.model");
}

TEST_F(TokenizerFileTest, WhatStandsInAFilesPlaceIsTold) {
  for (const auto* name : {"tokenizer/tokenizer.json", "tokenizer/spiece.model"}) {
    write(name);
    io::write_file(folder_ / name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    EXPECT_THAT([&] { found("text_encoder"); },
                ThrowsMessage<FormatError>(HasSubstr("git lfs pull")));
    io::write_file(folder_ / name, "");
    EXPECT_THAT([&] { found("text_encoder"); },
                ThrowsMessage<FormatError>(HasSubstr("an empty file")));
  }
}

TEST_F(TokenizerFileTest, OfABertIsLookedForAlike) {
  for (const auto* next : {"tokenizer/tokenizer.json", "tokenizer/vocab.txt",
                           "text_encoder/tokenizer.json", "text_encoder/vocab.txt"}) {
    write(next);
    EXPECT_EQ(found("text_encoder", kBertTokenizer), next);
  }
}

TEST_F(TokenizerFileTest, EitherFileGivesTheSameTokenizer) {
  const auto t5 = TokenizerFixture::t5().dump(), bert = TokenizerFixture::bert().dump();
  const TokenizerFile spiece = {.path = TokenizerFixture::spiece(),
                                .content = io::read_file(TokenizerFixture::spiece())};
  const TokenizerFile words = {.path = TokenizerFixture::vocabulary(),
                               .content = io::read_file(TokenizerFixture::vocabulary())};
  for (const auto* prompt : {"a red cube", "  Two\tleading ", "Ａ１ ﬁne 🦊", ""}) {
    EXPECT_EQ(t5_tokenizer({"tokenizer.json", t5}, kEnough).encode(prompt, 77),
              t5_tokenizer(spiece, kEnough).encode(prompt, 77));
    EXPECT_EQ(bert_tokenizer({"tokenizer.json", bert}, kEnough).encode(prompt, 48),
              bert_tokenizer(words, kEnough).encode(prompt, 48));
  }
  EXPECT_THAT(
      [&] {
        t5_tokenizer({"x/tokenizer.json", t5}, 1099);
      },
      ThrowsMessage<FormatError>(
          HasSubstr("x/tokenizer.json: expected at most 1099 pieces, got 1100")));
  EXPECT_THAT(
      [&] {
        bert_tokenizer({"x/tokenizer.json", bert}, 30'521);
      },
      ThrowsMessage<FormatError>(HasSubstr("expected at most 30521 pieces, got 30522")));
}

TEST_F(TokenizerFileTest, AnotherModelsFileIsNamed) {
  const auto t5 = TokenizerFixture::t5().dump(), bert = TokenizerFixture::bert().dump();
  EXPECT_THAT(
      [&] {
        t5_tokenizer({"tokenizer.json", bert}, kEnough);
      },
      ThrowsMessage<FormatError>(HasSubstr("got \"BertNormalizer\"")));
  EXPECT_THAT(
      [&] {
        bert_tokenizer({"tokenizer.json", t5}, kEnough);
      },
      ThrowsMessage<FormatError>(HasSubstr("got \"Precompiled\"")));
  for (const auto* broken : {"", "{", "[1]", "version https://git-lfs", "<html>"}) {
    EXPECT_THROW(t5_tokenizer({"tokenizer.json", broken}, kEnough), FormatError);
    EXPECT_THROW(bert_tokenizer({"tokenizer.json", broken}, kEnough), FormatError);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"normalizer\":";
  EXPECT_THROW(t5_tokenizer({"tokenizer.json", deep}, kEnough), FormatError);
}

TEST_F(TokenizerFileTest, ACopyOfAnEncoderGetsWhatLiesBeside) {
  write("tokenizer/tokenizer.json");
  for (const auto* type : {"t5", "bert"}) {
    io::fs::create_directories(folder_ / "text_encoder");
    io::write_json(folder_ / "text_encoder" / "config.json", {{"model_type", type}});
    const io::TemporaryFolder copy;
    copy_tokenizer(folder_ / "text_encoder", copy.path());
    EXPECT_EQ(io::read_file(copy / "tokenizer.json"), "tokenizer/tokenizer.json");
    io::write_file(copy / "tokenizer.json", "mine");
    copy_tokenizer(folder_ / "text_encoder", copy.path());
    EXPECT_EQ(io::read_file(copy / "tokenizer.json"), "mine");
  }
}

}  // namespace
}  // namespace imagine::text
