#include "text/t5_vocabulary.h"

#include <bit>
#include <gmock/gmock.h>
#include <iomanip>
#include <string>

#include "imagine/error.h"
#include "text/sentencepiece.h"
#include "text/tokenizer_fixture.h"

namespace imagine::text {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t kLong = 20'000;

SentencePiece tokenizer_of(const Json& json) {
  const auto vocabulary = t5_vocabulary_of(json, "t.json");
  return {sentencepiece_file(vocabulary.model), "t.json", vocabulary.extras};
}

const SentencePiece& original() {
  static const SentencePiece tokenizer(io::read_file(TokenizerFixture::spiece()), "spiece.model");
  return tokenizer;
}

const Json& json() {
  static const auto made = TokenizerFixture::t5();
  return made;
}

void expect_refusal(const Json& changed, const std::string& message) {
  EXPECT_THAT([&] { tokenizer_of(changed); }, ThrowsMessage<FormatError>(HasSubstr(message)));
}

/// Of the file with another value at a place.
void expect_refusal(const char* place, const Json& value, const std::string& message) {
  auto changed = json();
  changed[Json::json_pointer(place)] = value;
  expect_refusal(changed, message);
}

std::vector<std::string> random_prompts(int count, int most) {
  Random random(5, "t5_vocabulary_test");
  std::vector<std::string> prompts;
  for (int i = 0; i < count; ++i) {
    prompts.push_back(TokenizerFixture::random_prompt(random, most));
  }
  return prompts;
}

TEST(T5Vocabulary, TheFixtureIsWhatTransformersWrote) {
  std::string content;
  for (const auto& piece : json()["model"]["vocab"]) {
    const auto score = std::bit_cast<std::uint32_t>(piece[1].get<float>());
    content += piece[0].get<std::string>();
    for (int i = 0; i < 4; ++i) content += char(score >> (8 * i));
  }
  content += json()["normalizer"]["precompiled_charsmap"].get<std::string>();
  std::ostringstream digest;
  digest << std::hex << std::setw(16) << std::setfill('0') << stable_hash(content);
  EXPECT_EQ(digest.str(), TokenizerFixture::expected()["t5"]["digest"]);
}

// Where tokenizers and SentencePiece do not agree, the model that T5 was trained with is right.
TEST(T5Vocabulary, GivesTheIdsOfSentencePieceAndOfTransformers) {
  const auto tokenizer = tokenizer_of(json());
  const auto expected = TokenizerFixture::expected()["t5"];
  int different = 0;
  for (const auto& entry : expected["prompts"]) {
    const auto prompt = entry["prompt"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(prompt, kLong), entry["sentencepiece"].get<Ids>()) << prompt;
    different += entry["ids"] != entry["sentencepiece"];
  }
  EXPECT_LT(different, 10);
  for (const auto& entry : expected["tokens"]) {
    const auto prompt = entry["prompt"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(prompt, kLong), entry["ids"].get<Ids>()) << prompt;
  }
}

TEST(T5Vocabulary, GivesTheIdsOfTheModelThatItWasMadeOf) {
  const auto tokenizer = tokenizer_of(json());
  EXPECT_EQ(tokenizer.vocabulary_size(), original().vocabulary_size());
  auto prompts = random_prompts(2000, 40);
  for (auto& prompt : random_prompts(3, 5000)) prompts.push_back(std::move(prompt));
  for (const std::string text : {"a", "🦊", " ", "\u0301", "ﷺ", "▁", "word "}) {
    auto& prompt = prompts.emplace_back();
    while (prompt.size() < 5000) prompt.append(text);
  }
  for (const auto& prompt : prompts) {
    EXPECT_EQ(tokenizer.encode(prompt, kLong), original().encode(prompt, kLong)) << prompt;
    EXPECT_EQ(tokenizer.encode(prompt, 7), original().encode(prompt, 7)) << prompt;
  }
}

/// transformers 3.4 to 5 (4.26, 4.36, 4.46, 4.57 and 5.24 were seen to write these), and orders
/// that mean the same.
std::vector<Json> spellings() {
  const auto map = json()["normalizer"];
  const auto strip = Json{{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}};
  const auto joined = [](const char* content) {
    return Json{{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", content}};
  };
  const auto sequence = [](const char* key, const Json& steps) {
    return Json{{"type", "Sequence"}, {key, steps}};
  };
  const auto split = Json{{"type", "WhitespaceSplit"}};
  std::vector<Json> metaspaces;
  for (const auto& options :
       {Json{{"str_rep", "▁"}, {"add_prefix_space", true}},
        Json{{"add_prefix_space", true}, {"prepend_scheme", "always"}},
        Json{{"prepend_scheme", "always"}, {"split", true}},
        Json{{"prepend_scheme", "first"}, {"split", false}}, Json::object()}) {
    metaspaces.push_back({{"type", "Metaspace"}, {"replacement", "▁"}});
    metaspaces.back().update(options);
  }
  std::vector<Json> made;
  for (const auto& metaspace : metaspaces) {
    const auto words = sequence("pretokenizers", Json::array({split, metaspace}));
    const std::vector<std::pair<Json, Json>> parts = {
        {map, words},
        {sequence("normalizers", Json::array({map})), words},
        {sequence("normalizers", Json::array({map, joined(" ")})), metaspace},
        {sequence("normalizers", Json::array({map, strip, joined("▁")})), metaspace},
        {sequence("normalizers", Json::array({map, joined("▁"), strip})), words},
        {sequence("normalizers",
                  Json::array({sequence("normalizers", Json::array({map})), joined(" ")})),
         sequence("pretokenizers", Json::array({metaspace}))}};
    for (const auto& [normalizer, pre_tokenizer] : parts) {
      auto changed = json();
      changed["normalizer"] = normalizer;
      changed["pre_tokenizer"] = pre_tokenizer;
      made.push_back(std::move(changed));
    }
  }
  return made;
}

TEST(T5Vocabulary, AllSpellingsOfTransformersAreTheSame) {
  const auto model = sentencepiece_file(t5_vocabulary_of(json(), "t.json").model);
  const auto all = spellings();
  EXPECT_EQ(all.size(), 30u);
  for (const auto& changed : all) {
    const auto vocabulary = t5_vocabulary_of(changed, "t.json");
    EXPECT_EQ(sentencepiece_file(vocabulary.model), model) << changed["normalizer"]["type"];
    EXPECT_EQ(vocabulary.extras, 100);
  }
}

TEST(T5Vocabulary, WhatACallerAsksForEachTimeIsPassedOver) {
  auto changed = json();
  changed["truncation"] = {{"direction", "Right"}, {"max_length", 3}, {"stride", 0}};
  changed["padding"] = {{"strategy", {{"Fixed", 77}}}, {"pad_id", 5}};
  changed["decoder"] = nullptr;
  changed["model"].erase("byte_fallback");  // tokenizers 0.13 has none
  for (auto& token : changed["added_tokens"]) token["lstrip"] = token["rstrip"] = true;
  EXPECT_EQ(tokenizer_of(changed).encode("two words here", 77),
            original().encode("two words here", 77));
}

TEST(T5Vocabulary, ExtraTokensAreCountedAndMayBeAddedAlone) {
  auto changed = json();
  auto& vocabulary = changed["model"]["vocab"].get_ref<Json::array_t&>();
  vocabulary.resize(1000);  // "added_tokens" lists them still
  EXPECT_EQ(tokenizer_of(changed).encode("a<extra_id_3>b", 77),
            original().encode("a<extra_id_3>b", 77));

  auto& added = changed["added_tokens"].get_ref<Json::array_t&>();
  added.resize(3);
  const auto none = tokenizer_of(changed);
  EXPECT_EQ(none.vocabulary_size(), 1000);
  EXPECT_GT(none.encode("<extra_id_0>", 77).size(), 3u);

  for (const int extras : {1, 7, 300}) {
    auto few = changed;
    for (int i = extras - 1; i >= 0; --i) {
      few["model"]["vocab"].push_back({concat("<extra_id_", i, '>'), 0.0});
    }
    const auto tokenizer = tokenizer_of(few);
    EXPECT_EQ(tokenizer.vocabulary_size(), 1000 + extras);
    EXPECT_EQ(tokenizer.encode("<extra_id_0>", 77), Ids({1000 + extras - 1, 1}));
    EXPECT_EQ(tokenizer.encode(concat("<extra_id_", extras - 1, '>'), 77), Ids({1000, 1}));
    EXPECT_GT(tokenizer.encode(concat("<extra_id_", extras, '>'), 77).size(), 3u);
  }
}

TEST(T5Vocabulary, NoMapOfCharactersChangesNone) {
  auto changed = json();
  changed["normalizer"] = nullptr;
  const auto tokenizer = tokenizer_of(changed);
  EXPECT_EQ(tokenizer.encode("a  red  cube ", 77), original().encode("a red cube", 77));
  EXPECT_NE(tokenizer.encode("ａ", 77), original().encode("ａ", 77));
}

TEST(T5Vocabulary, RefusesByNameWhatT5DoesNotHave) {
  const auto normalizer = [](const char* type) { return Json{{"type", type}}; };
  for (const auto* type : {"NFKC", "NFC", "Lowercase", "Nmt", "BertNormalizer", "StripAccents",
                           "Prepend", "ByteLevel", "Anything"}) {
    expect_refusal("/normalizer", normalizer(type), concat("got \"", type, '"'));
    auto steps = Json::array({json()["normalizer"], normalizer(type)});
    expect_refusal("/normalizer", {{"type", "Sequence"}, {"normalizers", steps}},
                   concat("t.json: normalizer: expected T5's: Precompiled, then Strip"));
  }
  for (const auto* type : {"ByteLevel", "BertPreTokenizer", "Whitespace", "Split", "Digits"}) {
    expect_refusal("/pre_tokenizer", normalizer(type), concat("got \"", type, '"'));
  }
  for (const auto* type : {"BPE", "WordPiece", "WordLevel"}) {
    expect_refusal("/model/type", type,
                   concat(R"(t.json: model: type: expected "Unigram", got ")", type));
  }
  for (const auto* type : {"BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence"}) {
    expect_refusal("/post_processor/type", type, "t.json: post_processor");
  }
  expect_refusal("/model/byte_fallback", true, "byte_fallback: expected false, got true");
  expect_refusal("/model/unk_id", 0, "unk_id: expected 2, got 0");
  expect_refusal("/model/unk_id", nullptr, "unk_id: expected 2, got null");
  expect_refusal("/version", "2.0", R"(version: expected "1.0", got "2.0")");
  expect_refusal("/pre_tokenizer/pretokenizers/1/replacement", "_", "replacement: expected");
  expect_refusal("/pre_tokenizer/pretokenizers/1/prepend_scheme", "never", "got \"never\"");
  expect_refusal("/pre_tokenizer/pretokenizers/1/add_prefix_space", false, "got false");
  expect_refusal("/pre_tokenizer", json()["pre_tokenizer"]["pretokenizers"][1],
                 "expected WhitespaceSplit, or a normalizer that joins runs of spaces");
  expect_refusal("/pre_tokenizer", nullptr, "pre_tokenizer: expected T5's");
  expect_refusal("/post_processor", nullptr, "post_processor: expected");
  expect_refusal("/post_processor/special_tokens/<~1s>/ids/0", 2, "puts </s> (1) behind");
  expect_refusal("/post_processor/single", Json::array(), "a place for the text");
  expect_refusal("/added_tokens/0/single_word", true, "single_word: expected false, got true");
  expect_refusal("/added_tokens/1/content", "foo", R"(content: expected a token of T5, got "foo")");
  expect_refusal("/added_tokens/5/id", 1003, "expected the id of <extra_id_97> in the vocabulary");
  expect_refusal("/added_tokens/5/id", -1, "expected the id of <extra_id_97>");
  auto added = json();
  added["added_tokens"].push_back(
      {{"id", 1100}, {"content", "<mine>"}, {"special", false}, {"normalized", true}});
  expect_refusal(added, R"(got "<mine>")");
}

TEST(T5Vocabulary, RefusesPiecesThatAreNotInOrder) {
  expect_refusal("/model/vocab/0/0", "<s>", "id 0: expected T5's <pad>, got <s>");
  expect_refusal("/model/vocab/2/0", "<UNK>", "id 2: expected T5's <unk>, got <UNK>");
  expect_refusal("/model/vocab/7/0", "s", "vocab[7]: expected a new piece, got \"s\"");
  expect_refusal("/model/vocab/7/0", "", "vocab[7]: expected a new piece, got \"\"");
  expect_refusal("/model/vocab/7/0", std::string("a\0b", 3), "piece 7: expected a piece of text");
  expect_refusal("/model/vocab/7/0", std::string(1025, 'a'), "at most 1024 bytes, got 1025");
  expect_refusal("/model/vocab/7/1", 1e39, "vocab[7]: expected a finite score, got inf");
  expect_refusal("/model/vocab/7/1", "-1", "vocab[7]: expected a piece and its score");
  expect_refusal("/model/vocab/7", Json::array({"a"}), "vocab[7]: expected a piece and its score");
  expect_refusal("/model/vocab", Json::object(), "a list of pieces and scores");
  expect_refusal("/model/vocab", Json::array(), "expected T5's <pad>, got none");
  expect_refusal("/model/vocab/1005/0", "word",
                 "expected the id of <extra_id_94> in the vocabulary");
  expect_refusal("/model/vocab/50/0", "<extra_id_1>", "expected a new piece");
  expect_refusal("/model/vocab/50/0", "<extra_id_100>", "id 50: expected <extra_id_1049>");
  auto unlisted = json();
  unlisted["added_tokens"].get_ref<Json::array_t&>().clear();
  unlisted["model"]["vocab"][1005][0] = "word";
  expect_refusal(unlisted, "id 1005: expected <extra_id_94>, got \"word\"");
}

TEST(T5Vocabulary, RefusesABadMapOfCharacters) {
  const auto* place = "/normalizer/precompiled_charsmap";
  const auto map = base64_bytes(json()["normalizer"]["precompiled_charsmap"].get<std::string>());
  expect_refusal(place, "AAA", "expected base64");
  expect_refusal(place, 5, "expected a text, got 5");
  expect_refusal(place, base64("abc"), "character map");
  expect_refusal(place, base64(map->substr(0, 4000)), "character map");
  expect_refusal("/normalizer", {{"type", "Precompiled"}}, "\"precompiled_charsmap\", got none");
}

TEST(T5Vocabulary, RefusesOtherThingsThanATokenizer) {
  for (const auto& other :
       {Json(), Json(5), Json("text"), Json::array(), Json::object(), Json{{"version", "1.0"}}}) {
    EXPECT_THROW(tokenizer_of(other), FormatError) << other;
  }
  for (const auto* key :
       {"normalizer", "pre_tokenizer", "post_processor", "model", "added_tokens"}) {
    auto changed = json();
    changed.erase(key);
    expect_refusal(changed, concat("t.json: expected an object with \"", key, "\", got none"));
    for (const auto& value : {Json(5), Json("x"), Json(true), Json::array({1}), Json::object()}) {
      changed[key] = value;
      EXPECT_THROW(tokenizer_of(changed), FormatError) << key << value;
    }
  }
}

/// Every value in turn of another type: refused, or the same ids.
TEST(T5Vocabulary, NoOtherTypeOfAnyFieldIsReadInSilence) {
  auto few = json();
  few["added_tokens"].get_ref<Json::array_t&>().resize(3);
  few["model"]["vocab"].get_ref<Json::array_t&>().resize(30);
  few["normalizer"] = nullptr;
  const auto ids = tokenizer_of(few).encode("a red cube", 77);
  const auto flat = few.flatten();
  int tried = 0, refused = 0;
  for (const auto& [place, unused] : flat.items()) {
    if (place.starts_with("/model/vocab/") && !place.starts_with("/model/vocab/7")) continue;
    for (const auto& value :
         {Json(), Json(5), Json("x"), Json(false), Json::array(), Json::object()}) {
      auto changed = few;
      changed[Json::json_pointer(place)] = value;
      ++tried;
      try {
        EXPECT_EQ(tokenizer_of(changed).encode("a red cube", 77), ids) << place << value;
      } catch (const FormatError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, tried / 3);
}

}  // namespace
}  // namespace imagine::text
