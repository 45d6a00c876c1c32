/// WordPiece as BERT's uncased models use it (Devlin et al. 2018, arXiv:1810.04805): words are cut
/// greedily into the longest pieces of a vocabulary, continuations marked by "##".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "text/tokenizer.h"

namespace imagine::text {

/// [CLS] pieces [SEP]. A prompt is text and nothing else: "[SEP]" written in it is punctuation and
/// a word, never the special token.
class WordPiece : public Tokenizer {
 public:
  /// `vocabulary` is a vocab.txt: one piece a line, its id the line's number from 0. FormatError,
  /// naming `where` and the line, unless the pieces are distinct UTF-8 and hold [PAD], [UNK],
  /// [CLS], [SEP].
  WordPiece(std::string_view vocabulary, const std::string& where);
  /// The same of pieces in the order of their ids.
  WordPiece(const std::vector<std::string>& pieces, const std::string& where);

  std::vector<Token> tokens(std::string_view prompt, std::size_t max_length) const override;
  std::int64_t padding_id() const override { return padding_; }
  std::int64_t vocabulary_size() const override { return std::int64_t(ids_.size()); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  struct Piece {
    std::int64_t id;
    std::size_t length;  // characters of the word
  };
  using Pieces = std::vector<Piece>;

  /// The longest piece that is `prefix` and then the beginning of `word`.
  std::optional<Piece> longest_piece(std::u32string_view word, std::string prefix) const;
  /// The word's pieces, or [UNK] where they do not cover it.
  Pieces pieces_of(std::u32string_view word) const;
  /// The piece of the next id.
  void add(std::string_view piece, const std::string& place);
  void find_special(const std::string& where);
  std::int64_t special(std::string_view piece, const std::string& where) const;

  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
  std::int64_t padding_ = 0;
  std::int64_t unknown_ = 0;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace imagine::text
