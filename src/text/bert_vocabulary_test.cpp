#include "text/bert_vocabulary.h"

#include <gmock/gmock.h>
#include <iomanip>
#include <sstream>
#include <string>

#include "imagine/error.h"
#include "text/tokenizer_fixture.h"
#include "text/wordpiece.h"

namespace imagine::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t kLong = 20'000;

WordPiece tokenizer_of(const Json& json) { return {bert_vocabulary_of(json, "t.json"), "t.json"}; }

/// A vocabulary so small that every field can be tried.
Json small() {
  auto json = TokenizerFixture::bert("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\ncube\n##s\n");
  for (auto& token : json["added_tokens"]) {
    token["id"] = json["model"]["vocab"][token["content"].get<std::string>()];
  }
  auto& special = json["post_processor"]["special_tokens"];
  special["[CLS]"]["ids"] = {2};
  special["[SEP]"]["ids"] = {3};
  return json;
}

void expect_refusal(const Json& json, const std::string& message) {
  EXPECT_THAT([&] { tokenizer_of(json); }, ThrowsMessage<FormatError>(HasSubstr(message)));
}

void expect_refusal(const char* place, const Json& value, const std::string& message) {
  auto json = small();
  json[Json::json_pointer(place)] = value;
  expect_refusal(json, message);
}

TEST(BertVocabulary, TheFixtureIsWhatTransformersWrote) {
  std::ostringstream digest;
  digest << std::hex << std::setw(16) << std::setfill('0')
         << stable_hash(io::read_file(TokenizerFixture::vocabulary()));
  EXPECT_EQ(digest.str(), TokenizerFixture::expected()["bert"]["digest"]);
}

TEST(BertVocabulary, GivesTheIdsOfTransformersAndOfVocabTxt) {
  const auto tokenizer = tokenizer_of(TokenizerFixture::bert());
  const WordPiece original(io::read_file(TokenizerFixture::vocabulary()), "vocab.txt");
  EXPECT_EQ(tokenizer.vocabulary_size(), original.vocabulary_size());
  EXPECT_EQ(tokenizer.padding_id(), original.padding_id());
  for (const auto& entry : TokenizerFixture::expected()["bert"]["prompts"]) {
    const auto prompt = entry["prompt"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(prompt, kLong), entry["ids"].get<Ids>()) << prompt;
  }
  Random random(6, "bert_vocabulary_test");
  for (int i = 0; i < 1000; ++i) {
    const auto prompt = TokenizerFixture::random_prompt(random, i < 998 ? 40 : 5000);
    EXPECT_EQ(tokenizer.encode(prompt, kLong), original.encode(prompt, kLong)) << prompt;
  }
}

TEST(BertVocabulary, OrdersPiecesByTheirIds) {
  auto json = small();
  const auto pieces = bert_vocabulary_of(json, "t.json");
  EXPECT_THAT(pieces,
              ElementsAre("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "cube", "##s"));
  auto& vocabulary = json["model"]["vocab"];
  auto reversed = Json::object();
  for (auto entry = vocabulary.rbegin(); entry != vocabulary.rend(); ++entry) {
    reversed[entry.key()] = entry.value();
  }
  vocabulary = reversed;
  EXPECT_EQ(bert_vocabulary_of(json, "t.json"), pieces);
  EXPECT_THAT(tokenizer_of(json).encode("Red cubes [SEP]", 9), ElementsAre(2, 5, 6, 7, 1, 1, 1, 3));
}

TEST(BertVocabulary, OtherSpellingsAreTheSame) {
  const auto pieces = bert_vocabulary_of(small(), "t.json");
  auto json = small();
  json["post_processor"] = {
      {"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
  json["normalizer"] = {{"type", "BertNormalizer"},
                        {"clean_text", true},
                        {"handle_chinese_chars", true},
                        {"strip_accents", true},
                        {"lowercase", true}};
  json["model"].erase("type");  // tokenizers 0.8 wrote none
  json["truncation"] = {{"max_length", 3}};
  json["padding"] = {{"pad_id", 4}};
  json["added_tokens"] = Json::array();
  EXPECT_EQ(bert_vocabulary_of(json, "t.json"), pieces);
}

TEST(BertVocabulary, RefusesByNameWhatWordPieceWouldDoOtherwise) {
  expect_refusal("/normalizer/lowercase", false, "normalizer: lowercase: expected true, got false");
  expect_refusal("/normalizer/clean_text", false, "clean_text: expected true");
  expect_refusal("/normalizer/handle_chinese_chars", false, "handle_chinese_chars: expected true");
  expect_refusal("/normalizer/strip_accents", false, "strip_accents: expected null or true");
  expect_refusal("/normalizer", nullptr, "normalizer: expected BertNormalizer, got null");
  for (const auto* type : {"Lowercase", "NFKC", "Sequence"}) {
    expect_refusal("/normalizer/type", type, concat("expected BertNormalizer, got \"", type));
    expect_refusal("/pre_tokenizer/type", type, concat("expected BertPreTokenizer, got \"", type));
    expect_refusal("/model/type", type, concat(R"(type: expected "WordPiece", got ")", type));
  }
  expect_refusal("/model/unk_token", "<unk>", R"(unk_token: expected "[UNK]", got "<unk>")");
  expect_refusal("/model/continuing_subword_prefix", "", R"(expected "##", got "")");
  expect_refusal("/model/max_input_chars_per_word", 200, "expected 100, got 200");
  expect_refusal("/post_processor", nullptr, "post_processor: expected TemplateProcessing");
  expect_refusal("/post_processor/special_tokens/[SEP]/ids/0", 4,
                 "[CLS] and [SEP] around the text");
  expect_refusal("/post_processor/single/0/SpecialToken/type_id", 1, "type_id: expected 0, got 1");
  expect_refusal("/post_processor/single/1/Sequence/id", "B", R"(id: expected "A", got "B")");
  auto single = small()["post_processor"]["single"];
  single.erase(0);
  expect_refusal("/post_processor/single", single, "[CLS] and [SEP] around the text");
  expect_refusal("/added_tokens/4/special", false, "special: expected true, got false");
  expect_refusal("/added_tokens/4/content", "mine",
                 R"(a piece of the vocabulary by its id, got "mine")");
}

TEST(BertVocabulary, RefusesIdsWithGaps) {
  expect_refusal("/model/vocab/cube", 8, "vocab: \"cube\": expected an id from 0 to 7, got 8");
  expect_refusal("/model/vocab/cube", -1, "expected an id from 0 to 7, got -1");
  expect_refusal("/model/vocab/cube", 6.0, "expected an id from 0 to 7, got 6.0");
  expect_refusal("/model/vocab/cube", "6", "expected an id from 0 to 7, got \"6\"");
  expect_refusal("/model/vocab/cube", 5, "expected an id of its own, got that of \"red\"");
  expect_refusal("/model/vocab/", 8, "expected a piece, got an empty one");
  expect_refusal("/model/vocab", Json::array({"red"}), "expected an object of pieces and ids");
  expect_refusal("/model/vocab", Json::object(), "t.json");
  auto json = small();
  json["model"]["vocab"][std::string(2000, 'a')] = 8;
  expect_refusal(json, "id 8: expected a piece of 1 to 1024 bytes, got 2000");
}

TEST(BertVocabulary, NoOtherTypeOfAnyFieldIsReadInSilence) {
  const auto json = small();
  const auto pieces = bert_vocabulary_of(json, "t.json");
  int tried = 0, refused = 0;
  const auto flat = json.flatten();
  for (const auto& [place, unused] : flat.items()) {
    for (const auto& value :
         {Json(), Json(5), Json("x"), Json(false), Json::array(), Json::object()}) {
      auto changed = json;
      changed[Json::json_pointer(place)] = value;
      ++tried;
      try {
        const auto got = bert_vocabulary_of(changed, "t.json");
        EXPECT_TRUE(got == pieces || place.starts_with("/model/vocab/")) << place << value;
      } catch (const FormatError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, tried / 3);
}

}  // namespace
}  // namespace imagine::text
