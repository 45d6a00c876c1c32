#include "text/wordpiece.h"

#include <gmock/gmock.h>
#include <string>

#include "core/fields.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

const io::fs::path kRoot = IMAGINE_SOURCE_DIR;

const WordPiece& minilm() {
  static const auto path = kRoot / "models/imagine-small/text_encoder/vocab.txt";
  static const WordPiece tokenizer(io::read_file(path), path.string());
  return tokenizer;
}

// Ids 0.. in the order of the pieces.
WordPiece small(const std::string& pieces) {
  return {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n" + pieces, "small.txt"};
}

template <class Error, class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(WordPiece, GivesTheIdsOfTheReference) {
  const auto folder = kRoot / "tests/data/minilm";
  const auto expected = Json::parse(io::read_file(folder / "expected.json"));
  const auto prompts = expected["prompts"].get<std::vector<std::string>>();
  const auto length = expected["max_length"].get<std::size_t>();
  const io::SafetensorsFile file(folder / "expected.safetensors");
  const auto bytes = file.tensors().at("ids").bytes;
  ASSERT_EQ(bytes.size(), prompts.size() * length * sizeof(std::int64_t));
  const auto* row = reinterpret_cast<const std::int64_t*>(bytes.data());
  for (const auto& prompt : prompts) {
    auto ids = minilm().encode(prompt, length);
    ids.resize(length, minilm().padding_id());
    EXPECT_EQ(ids, Ids(row, row + length)) << prompt;
    row += length;
  }
}

// Ids by the tokenizers library 0.23 (BertNormalizer, BertPreTokenizer) on the same vocabulary.
TEST(WordPiece, GivesTheIdsOfTheReferenceForOddText) {
  const std::pair<const char*, Ids> kCases[] = {
      {"ΑΣ ΣΟΦΟΣ", {101, 1155, 29733, 1173, 29730, 29736, 29730, 29733, 102}},
      {"x²+y² = ½ ™ ©", {101, 1060, 10701, 1009, 1061, 10701, 1027, 1092, 1580, 1075, 102}},
      {"$5 ^_^ a_b `x` ~",
       {101, 1002, 1019, 1034, 1035, 1034, 1037, 1035, 1038, 1036, 1060, 1036, 1066, 102}},
      {"e\u0301 no\u200djoin soft\u00adhyphen",
       {101, 1041, 2053, 5558, 2378, 3730, 10536, 8458, 2368, 102}},
      {"हिन्दी 한국어 がな",
       {101, 1339, 29877, 29863, 29861, 29878, 1469, 30006, 30021, 29991, 30014, 30020, 29999,
        30008, 1651, 30193, 102}},
      {"straße ẞ Æ Œ Ø", {101, 2358, 27807, 1096, 1097, 1107, 1100, 102}},
      {"👩\u200d🚀 €100 №5", {101, 100, 1574, 18613, 1578, 2629, 102}}};
  for (const auto& [prompt, ids] : kCases) EXPECT_EQ(minilm().encode(prompt, 64), ids) << prompt;
}

/// What of the prompt each token stands for; nothing of [CLS] and [SEP].
std::vector<std::string> stretches(const Tokenizer& tokenizer, std::string_view prompt) {
  std::vector<std::string> parts;
  for (const auto& token : tokenizer.tokens(prompt, 64)) {
    parts.emplace_back(prompt.substr(token.begin, token.end - token.begin));
  }
  return parts;
}

TEST(WordPiece, TellsWhichBytesATokenStandsFor) {
  EXPECT_THAT(stretches(minilm(), "A  Red-cube, café!"),
              ElementsAre("", "A", "Red", "-", "cube", ",", "café", "!", ""));
  EXPECT_THAT(stretches(minilm(), "e\u0301te\u0301 xyzzyx"),
              ElementsAre("", "e\u0301t", "e", "x", "y", "zzy", "x", ""));
  EXPECT_THAT(stretches(minilm(), "한 漢字"), ElementsAre("", "한", "한", "한", "漢", "字", ""));
  EXPECT_THAT(stretches(minilm(), ""), ElementsAre("", ""));
}

TEST(WordPiece, TakesTheLongestPieceFirst) {
  const auto tokenizer = small("un\nunhappy\n##happy\n##s\nhappy\n");
  EXPECT_THAT(tokenizer.encode("unhappys", 9), ElementsAre(2, 5, 7, 3));
  EXPECT_THAT(tokenizer.encode("un happy", 9), ElementsAre(2, 4, 8, 3));
}

TEST(WordPiece, MakesTheWholeWordUnknownWhereOnePartIs) {
  EXPECT_THAT(small("un\n").encode("un unhappy", 9), ElementsAre(2, 4, 1, 3));
}

TEST(WordPiece, MakesWordsOfMoreThanAHundredCharactersUnknown) {
  const auto tokenizer = small("é\n##e\ne\n");
  std::string word = "e";
  for (int i = 1; i < 100; ++i) word += "é";
  EXPECT_EQ(tokenizer.encode(word, 200).size(), 102U);
  EXPECT_THAT(tokenizer.encode(word + "e", 200), ElementsAre(2, 1, 3));
}

TEST(WordPiece, CutsLongPromptsBeforeTheLastToken) {
  const auto tokenizer = small("a\n##b\n");
  EXPECT_THAT(tokenizer.encode("a a a a", 4), ElementsAre(2, 4, 4, 3));
  EXPECT_THAT(tokenizer.encode("abbbb", 4), ElementsAre(2, 4, 5, 3));
  EXPECT_THAT(tokenizer.encode("a", 2), ElementsAre(2, 3));
  EXPECT_THROW(tokenizer.encode("a", 1), InputError);
}

TEST(WordPiece, ReadsSpecialTokensInAPromptAsText) {
  EXPECT_THAT(small("[\n]\nsep\npad\n").encode("[SEP][PAD]", 9),
              ElementsAre(2, 4, 6, 5, 4, 7, 5, 3));
}

TEST(WordPiece, NamesThePositionOfWhatIsNotUtf8) {
  const auto tokenizer = small("a\n");
  const std::pair<std::string, std::string> kCases[] = {{"ab\xff", "position 2"},
                                                        {"\x80", "position 0"},
                                                        {"é\xc3", "position 2"},
                                                        {"a\xed\xa0\x80", "position 1"},
                                                        {"\xc0\xaf", "position 0"}};
  for (const auto& [prompt, position] : kCases) {
    EXPECT_THAT(error_of<InputError>([&] { tokenizer.encode(prompt, 9); }), HasSubstr(position));
  }
}

TEST(WordPiece, RefusesAPromptOfMegabytes) {
  EXPECT_THROW(small("a\n").encode(std::string((1 << 20) + 1, 'a'), 9), InputError);
}

TEST(WordPiece, RefusesABadVocabulary) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", "small.txt: expected the piece [PAD]"},
      {"[PAD]\n[UNK]\n[CLS]\na\n", "expected the piece [SEP]"},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n", "line 6: expected a new piece, got \"a\" again"},
      {"[PAD]\n\n[UNK]\n", "line 2: expected a piece of 1 to 1024 bytes, got 0"},
      {"[PAD]\n" + std::string(1025, 'a'), "line 2: expected a piece of 1 to 1024 bytes, got 1025"},
      {"[PAD]\n\xff\n", "line 2: expected a piece in UTF-8"}};
  for (const auto& [vocabulary, message] : kCases) {
    EXPECT_THAT(error_of<FormatError>([&] { WordPiece(vocabulary, "small.txt"); }),
                HasSubstr(message));
  }
}

TEST(WordPiece, ReadsAVocabularyWithCarriageReturns) {
  const WordPiece tokenizer("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na", "crlf.txt");
  EXPECT_EQ(tokenizer.vocabulary_size(), 5);
  EXPECT_THAT(tokenizer.encode("a", 9), ElementsAre(2, 4, 3));
}

TEST(Normalize, DropsAccentsControlsAndCase) {
  const auto normalized = [](std::string_view text) {
    return encode_utf8(normalize_uncased(decode_utf8(text)));
  };
  EXPECT_EQ(normalized("ÀÉÎõü Ñ İ"), "aeiou n i");
  EXPECT_EQ(normalized("a\u0301b"), "ab");
  EXPECT_EQ(normalized(std::string_view("a\0b\x07\u200d\ufffd"
                                        "c",
                                        11)),
            "abc");
  EXPECT_EQ(normalized("a\tb\u00a0c\u3000d"), "a b c d");
  EXPECT_EQ(normalized("x漢字y"), "x 漢  字 y");
}

TEST(SplitWords, SetsPunctuationApart) {
  EXPECT_THAT(split_words(U" don't  $5 “a” a_b"),
              ElementsAre(U"don", U"'", U"t", U"$", U"5", U"“", U"a", U"”", U"a", U"_", U"b"));
}

}  // namespace
}  // namespace imagine::text
