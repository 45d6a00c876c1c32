#include "text/wordpiece.h"

#include "core/check.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

constexpr std::size_t kMaxVocabularyBytes = std::size_t(64) << 20;
constexpr std::size_t kMaxPieceBytes = 1024;
constexpr std::size_t kMaxWordLength = 100;  // characters; a longer word is unknown

struct Bytes {
  std::size_t begin, end;
};

/// Which bytes of a prompt each character of its normalized text stands for.
std::vector<Bytes> bytes_of(std::u32string_view text) {
  std::vector<Bytes> of_text;
  std::size_t at = 0;
  for (const char32_t c : text) {
    of_text.push_back({at, at + utf8_length(c)});
    at = of_text.back().end;
  }
  std::vector<Bytes> bytes;
  for (const auto origin : origins_uncased(text)) bytes.push_back(of_text[origin]);
  return bytes;
}

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

std::vector<Token> WordPiece::tokens(std::string_view prompt, std::size_t max_length) const {
  check<InputError>(max_length >= 2, "max_length: expected room for [CLS] and [SEP], got ",
                    max_length);
  const auto text = decode_utf8(prompt);
  const auto normalized = normalize_uncased(text);
  const auto bytes = bytes_of(text);
  std::vector<Token> tokens = {{.id = first_}};
  for (const auto word : split_words(normalized)) {
    if (tokens.size() >= max_length) break;
    auto at = std::size_t(word.data() - normalized.data());
    for (const auto& [id, length] : pieces_of(word)) {
      tokens.push_back({.id = id, .begin = bytes[at].begin, .end = bytes[at + length - 1].end});
      at += length;
    }
  }
  tokens.resize(std::min(tokens.size(), max_length - 1));
  tokens.push_back({.id = last_});
  return tokens;
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

WordPiece::Pieces WordPiece::pieces_of(std::u32string_view word) const {
  const Pieces unknown = {{.id = unknown_, .length = word.size()}};
  if (word.size() > kMaxWordLength) return unknown;
  Pieces pieces;
  while (!word.empty()) {
    const auto piece = longest_piece(word, pieces.empty() ? "" : "##");
    if (!piece) return unknown;
    pieces.push_back(*piece);
    word.remove_prefix(piece->length);
  }
  return pieces;
}

}  // namespace imagine::text
