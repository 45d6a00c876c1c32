#include "text/bert_vocabulary.h"

#include <algorithm>
#include <cstdint>

#include "core/check.h"
#include "text/tokenizer_json.h"

namespace imagine::text {
namespace {

void check_normalizer(const TokenizerPart& normalizer) {
  if (!normalizer.is("BertNormalizer")) normalizer.refuse("BertNormalizer");
  for (const auto* key : {"clean_text", "handle_chinese_chars", "lowercase"}) {
    normalizer.expect(key, {true});
  }
  normalizer.expect("strip_accents", {nullptr, true});  // null: as lowercase
}

std::vector<std::string> pieces_of(const TokenizerPart& model) {
  model.expect("type", {"WordPiece"});
  model.expect("unk_token", {"[UNK]"});
  model.expect("continuing_subword_prefix", {"##"});
  model.expect("max_input_chars_per_word", {100});
  const auto vocabulary = model["vocab"];
  if (!vocabulary.json().is_object()) vocabulary.refuse("an object of pieces and ids");
  std::vector<std::string> pieces(vocabulary.json().size());
  for (const auto& entry : vocabulary.json().items()) {
    const auto& piece = entry.key();
    const auto& id = entry.value();
    const auto place = [&] { return concat(vocabulary.where(), ": \"", piece, '"'); };
    check<FormatError>(!piece.empty(), place(), ": expected a piece, got an empty one");
    const bool fits = is_integer_of<std::int64_t>(id) && id >= 0 && id < pieces.size();
    check<FormatError>(fits, place(), ": expected an id from 0 to ", pieces.size() - 1, ", got ",
                       id.dump());
    auto& of_id = pieces[id.get<std::size_t>()];
    check<FormatError>(of_id.empty(), place(), ": expected an id of its own, got that of \"", of_id,
                       '"');
    of_id = piece;
  }
  return pieces;
}

/// Of a piece that BERT has.
std::int64_t id_of(const std::vector<std::string>& pieces, const char* piece) {
  return std::ranges::find(pieces, piece) - pieces.begin();
}

}  // namespace

std::vector<std::string> bert_vocabulary_of(const Json& json, const std::string& where) {
  const auto tokenizer = tokenizer_of(json, where);
  check_normalizer(tokenizer["normalizer"]);
  const auto words = tokenizer["pre_tokenizer"];
  if (!words.is("BertPreTokenizer")) words.refuse("BertPreTokenizer");
  auto pieces = pieces_of(tokenizer["model"]);
  const auto processor = tokenizer["post_processor"];
  const TextFrame frame = {.before = {id_of(pieces, "[CLS]")}, .after = {id_of(pieces, "[SEP]")}};
  if (frame_of(processor) != frame) processor.refuse("[CLS] and [SEP] around the text");
  for_each_added_token(tokenizer, [&](const auto& token, const auto& text, std::int64_t id) {
    const bool known = id >= 0 && id < std::ssize(pieces) && pieces[std::size_t(id)] == text;
    if (!known) token["content"].refuse("a piece of the vocabulary by its id");
    token.expect("special", {true});
  });
  return pieces;
}

}  // namespace imagine::text
