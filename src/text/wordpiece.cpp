#include "text/wordpiece.h"

#include "core/check.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

constexpr std::size_t kMaxVocabularyBytes = std::size_t(64) << 20;
constexpr std::size_t kMaxPieceBytes = 1024;
constexpr std::size_t kMaxWordLength = 100;  // characters; a longer word is unknown

}  // namespace

WordPiece::WordPiece(std::string_view vocabulary, const std::string& where) {
  check<FormatError>(vocabulary.size() <= kMaxVocabularyBytes, where, ": expected at most ",
                     kMaxVocabularyBytes, " bytes, got ", vocabulary.size());
  while (!vocabulary.empty()) {
    const auto end = std::min(vocabulary.find('\n'), vocabulary.size());
    auto piece = vocabulary.substr(0, end);
    vocabulary.remove_prefix(std::min(end + 1, vocabulary.size()));
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    add(piece, concat(where, ": line ", ids_.size() + 1));
  }
  find_special(where);
}

WordPiece::WordPiece(const std::vector<std::string>& pieces, const std::string& where) {
  for (const auto& piece : pieces) add(piece, concat(where, ": id ", ids_.size()));
  find_special(where);
}

void WordPiece::add(std::string_view piece, const std::string& place) {
  check<FormatError>(!piece.empty() && piece.size() <= kMaxPieceBytes, place,
                     ": expected a piece of 1 to ", kMaxPieceBytes, " bytes, got ", piece.size());
  check<FormatError>(is_utf8(piece), place, ": expected a piece in UTF-8, got other bytes");
  check<FormatError>(ids_.emplace(piece, std::int64_t(ids_.size())).second, place,
                     ": expected a new piece, got \"", piece, "\" again");
}

void WordPiece::find_special(const std::string& where) {
  padding_ = special("[PAD]", where);
  unknown_ = special("[UNK]", where);
  first_ = special("[CLS]", where);
  last_ = special("[SEP]", where);
}

std::int64_t WordPiece::special(std::string_view piece, const std::string& where) const {
  const auto found = ids_.find(piece);
  check<FormatError>(found != ids_.end(), where, ": expected the piece ", piece, ", got ",
                     ids_.size(), " others");
  return found->second;
}

std::vector<std::int64_t> WordPiece::encode(std::string_view prompt, std::size_t max_length) const {
  check<InputError>(max_length >= 2, "max_length: expected room for [CLS] and [SEP], got ",
                    max_length);
  std::vector<std::int64_t> ids = {first_};
  for (const auto& word : split_words(normalize_uncased(decode_utf8(prompt)))) {
    if (ids.size() >= max_length) break;
    append_pieces(word, ids);
  }
  ids.resize(std::min(ids.size(), max_length - 1));
  ids.push_back(last_);
  return ids;
}

std::optional<WordPiece::Piece> WordPiece::longest_piece(std::u32string_view word,
                                                         std::string prefix) const {
  auto text = std::move(prefix) + encode_utf8(word);
  for (auto length = word.size(); length > 0; --length) {
    const auto found = ids_.find(text);
    if (found != ids_.end()) return Piece{found->second, length};
    text.resize(text.size() - encode_utf8(word.substr(length - 1, 1)).size());
  }
  return std::nullopt;
}

void WordPiece::append_pieces(std::u32string_view word, std::vector<std::int64_t>& ids) const {
  const auto before = ids.size();
  bool known = word.size() <= kMaxWordLength;
  while (known && !word.empty()) {
    const auto piece = longest_piece(word, ids.size() == before ? "" : "##");
    if (piece) {
      ids.push_back(piece->id);
      word.remove_prefix(piece->length);
    }
    known = piece.has_value();
  }
  if (known) return;
  ids.resize(before);
  ids.push_back(unknown_);
}

}  // namespace imagine::text
