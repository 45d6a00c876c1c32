/// The file of a SentencePiece model (spiece.model), a message of Protocol Buffers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imagine::text {

/// A Unigram model of T5's kind: its text gets a space in front, and runs of spaces become one.
struct UnigramModel {
  /// In SentencePiece's numbers.
  enum class Kind : std::uint8_t { normal = 1, unknown = 2, control = 3 };
  struct Piece {
    std::string text;
    float score;  ///< natural logarithm of its probability
    Kind kind;
  };
  std::vector<Piece> pieces;  ///< in the order of their ids
  std::string character_map;  ///< see check_character_map()
};

/// The file. (Field numbers: sentencepiece_model.proto, SentencePiece 0.1.97.)
std::string sentencepiece_file(const UnigramModel& model);

/// FormatError, beginning with `where`, unless the library can be trusted with `file`: it is a
/// Unigram model of pieces of sensible length, finite scores and a sound character map. The library
/// sees to the rest.
void check_sentencepiece_file(std::string_view file, const std::string& where);

}  // namespace imagine::text
