#include "text/t5_vocabulary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base64.h"
#include "core/check.h"
#include "text/tokenizer_json.h"

namespace imagine::text {
namespace {

using Kind = UnigramModel::Kind;

constexpr auto kSpace = "\u2581";  // what stands for a space
constexpr std::string_view kExtra = "<extra_id_";

struct SpecialPiece {
  const char* text;
  Kind kind;
};
/// The first pieces.
constexpr std::array kSpecial = {SpecialPiece{"<pad>", Kind::control},
                                 SpecialPiece{"</s>", Kind::control},
                                 SpecialPiece{"<unk>", Kind::unknown}};

struct Normalizer {
  std::string character_map;
  bool joins_spaces = false;
};

Normalizer normalizer_of(const TokenizerPart& part) {
  Normalizer normalizer;
  bool first = true;
  for (const auto& step : part.steps("normalizers")) {
    if (step.is("Precompiled") && first) {
      const auto map = step["precompiled_charsmap"];
      auto bytes = base64_bytes(map.text());
      if (!bytes) map.refuse("base64");
      normalizer.character_map = std::move(*bytes);
    } else if (step.is("Replace")) {
      step.expect("pattern", {Json::object({{"Regex", " {2,}"}})});
      step.expect("content", {" ", kSpace});
      normalizer.joins_spaces = true;
    } else if (!step.is("Strip")) {
      step.refuse("T5's: Precompiled, then Strip and Replace of runs of spaces");
    }
    first = false;
  }
  return normalizer;
}

/// Words get a space in front, which is where they are divided. "first" (transformers'
/// legacy=False) leaves it out behind an added token alone, where a spiece.model is read as
/// "always", too.
void check_pre_tokenizer(const TokenizerPart& part, bool spaces_are_joined) {
  constexpr auto kExpected = "T5's: WhitespaceSplit, then Metaspace";
  const auto steps = part.steps("pretokenizers");
  const bool splits = !steps.empty() && steps.front().is("WhitespaceSplit");
  if (steps.size() != (splits ? 2 : 1)) part.refuse(kExpected);
  const auto& last = steps.back();
  if (!last.is("Metaspace")) last.refuse(kExpected);
  last.expect("replacement", {kSpace});
  last.expect("str_rep", {kSpace});
  last.expect("add_prefix_space", {true});
  last.expect("prepend_scheme", {"always", "first"});
  last.expect("split", {true, false});
  if (!splits && !spaces_are_joined)
    part.refuse("WhitespaceSplit, or a normalizer that joins runs of spaces");
}

std::vector<UnigramModel::Piece> pieces_of(const TokenizerPart& model) {
  model.expect("type", {"Unigram"});
  model.expect("byte_fallback", {false});
  if (model["unk_id"].json() != 2) model["unk_id"].refuse("2");
  std::vector<UnigramModel::Piece> pieces;
  std::unordered_set<std::string_view> known;
  const auto vocabulary = model["vocab"];
  if (!vocabulary.json().is_array()) vocabulary.refuse("a list of pieces and scores");
  pieces.reserve(vocabulary.json().size());
  for (const auto& entry : vocabulary.json()) {
    const auto place = [&] { return concat(vocabulary.where(), "[", pieces.size(), "]"); };
    const bool is_piece =
        entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
    check<FormatError>(is_piece, place(), ": expected a piece and its score, got another entry");
    const auto& text = entry[0].get_ref<const std::string&>();
    const auto score = float(entry[1].get<double>());
    check<FormatError>(std::isfinite(score), place(), ": expected a finite score, got ", score);
    check<FormatError>(!text.empty() && known.insert(text).second, place(),
                       ": expected a new piece, got \"", text, '"');
    pieces.push_back({.text = text, .score = score, .kind = Kind::normal});
  }
  return pieces;
}

/// Holds the added tokens against the pieces, which they may lengthen by those that the model
/// lacks.
void add_tokens(const TokenizerPart& tokenizer, std::vector<UnigramModel::Piece>& pieces) {
  for_each_added_token(tokenizer, [&](const auto& token, const auto& text, std::int64_t id) {
    const bool is_t5s =
        text.starts_with(kExtra) ||
        std::ranges::any_of(kSpecial, [&](const auto& special) { return text == special.text; });
    if (!is_t5s) token["content"].refuse("a token of T5");
    const auto count = std::ssize(pieces);
    if (id == count) pieces.push_back({.text = text, .score = 0, .kind = Kind::control});
    const bool fits = id >= 0 && id <= count && pieces[std::size_t(id)].text == text;
    if (!fits) token["id"].refuse(concat("the id of ", text, " in the vocabulary"));
  });
}

/// Takes them off the end of the pieces.
std::int64_t take_extras(std::vector<UnigramModel::Piece>& pieces, const std::string& where) {
  const auto first = std::ranges::find_if(
      pieces, [](const auto& piece) { return piece.text.starts_with(kExtra); });
  const auto extras = pieces.end() - first;
  for (auto piece = first; piece != pieces.end(); ++piece) {
    const auto expected = concat(kExtra, pieces.end() - piece - 1, '>');
    check<FormatError>(piece->text == expected, where, ": id ", piece - pieces.begin(),
                       ": expected ", expected, ", got \"", piece->text, '"');
  }
  pieces.erase(first, pieces.end());
  return extras;
}

}  // namespace

T5Vocabulary t5_vocabulary_of(const Json& json, const std::string& where) {
  const auto tokenizer = tokenizer_of(json, where);
  auto normalizer = normalizer_of(tokenizer["normalizer"]);
  check_pre_tokenizer(tokenizer["pre_tokenizer"], normalizer.joins_spaces);
  const auto processor = tokenizer["post_processor"];
  if (frame_of(processor) != TextFrame{.before = {}, .after = {1}}) {
    processor.refuse("one that puts </s> (1) behind the text");
  }
  auto pieces = pieces_of(tokenizer["model"]);
  for (std::size_t i = 0; i < kSpecial.size(); ++i) {
    check<FormatError>(i < pieces.size() && pieces[i].text == kSpecial[i].text, where, ": id ", i,
                       ": expected T5's ", kSpecial[i].text, ", got ",
                       i < pieces.size() ? pieces[i].text : "none");
    pieces[i].kind = kSpecial[i].kind;
  }
  add_tokens(tokenizer, pieces);
  const auto extras = take_extras(pieces, where);
  return {
      .model = {.pieces = std::move(pieces), .character_map = std::move(normalizer.character_map)},
      .extras = extras};
}

}  // namespace imagine::text
