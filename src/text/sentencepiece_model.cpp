#include "text/sentencepiece_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/check.h"
#include "text/character_map.h"
#include "text/protobuf.h"

namespace imagine::text {
namespace {

using Kind = ProtoField::Kind;

constexpr std::uint32_t kPieces = 1, kTrainer = 2, kNormalizer = 3, kDenormalizer = 5;
constexpr std::uint32_t kText = 1, kScore = 2, kType = 3;  // of a piece
constexpr std::uint32_t kModelType = 3;                    // of the trainer's settings
constexpr std::uint32_t kCharacterMap = 2;                 // of a normalizer's
constexpr std::int32_t kUnigram = 1, kUserDefined = 4;

constexpr std::size_t kMostBytes = 16'000'000;
constexpr std::size_t kLongestPiece = 1024;      // bytes; its trie is built by recursion
constexpr std::size_t kLongestUserDefined = 64;  // bytes: the library takes no more matches

void check_piece(std::string_view piece, const std::string& where) {
  std::size_t longest = 0;
  bool user_defined = false;
  for_each_field(piece, where, [&](const ProtoField& field) {
    if (field.is(kText, Kind::bytes)) {
      longest = std::max(longest, field.bytes.size());
      check<FormatError>(field.bytes.find('\0') == std::string_view::npos, where,
                         ": expected a piece of text, got one with a zero byte");
    } else if (field.is(kScore, Kind::fixed32)) {
      check<FormatError>(std::isfinite(field.as_float()), where, ": expected a finite score, got ",
                         field.as_float());
    } else if (field.is(kType, Kind::varint)) {
      user_defined |= std::int32_t(field.value) == kUserDefined;
    }
  });
  const auto most = user_defined ? kLongestUserDefined : kLongestPiece;
  check<FormatError>(longest <= most, where, ": expected a piece of at most ", most, " bytes, got ",
                     longest);
}

void check_trainer(std::string_view trainer, const std::string& where) {
  for_each_field(trainer, where, [&](const ProtoField& field) {
    check<FormatError>(!field.is(kModelType, Kind::varint) || std::int32_t(field.value) == kUnigram,
                       where, ": expected a SentencePiece model of the type Unigram (1), got ",
                       field.value);
  });
}

void check_normalizer(std::string_view normalizer, const std::string& where) {
  for_each_field(normalizer, where, [&](const ProtoField& field) {
    if (field.is(kCharacterMap, Kind::bytes)) check_character_map(field.bytes, where);
  });
}

}  // namespace

std::string sentencepiece_file(const UnigramModel& model) {
  std::string file;
  for (const auto& piece : model.pieces) {
    std::string message;
    put_bytes(message, kText, piece.text);
    put_float(message, kScore, piece.score);
    put_varint(message, kType, std::uint64_t(piece.kind));
    put_bytes(file, kPieces, message);
  }
  std::string normalizer;
  put_bytes(normalizer, kCharacterMap, model.character_map);
  put_bytes(file, kNormalizer, normalizer);
  return file;
}

void check_sentencepiece_file(std::string_view file, const std::string& where) {
  check<FormatError>(file.size() <= kMostBytes, where, ": expected at most ", kMostBytes,
                     " bytes, got ", file.size());
  std::int64_t piece = 0;
  for_each_field(file, where, [&](const ProtoField& field) {
    if (field.kind != Kind::bytes) return;
    if (field.number == kPieces) check_piece(field.bytes, concat(where, ": piece ", piece++));
    if (field.number == kTrainer) check_trainer(field.bytes, where);
    if (field.number == kNormalizer || field.number == kDenormalizer) {
      check_normalizer(field.bytes, where);
    }
  });
}

}  // namespace imagine::text
