#include "text/sentencepiece.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sentencepiece_processor.h>

#include "core/check.h"
#include "text/sentencepiece_model.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

constexpr std::int64_t kPadding = 0, kEnd = 1, kUnknown = 2;
constexpr std::string_view kExtra = "<extra_id_";

struct Added {
  std::size_t length;  // of its text, in bytes
  std::int64_t id;
};

/// The token whose text `text` begins with.
std::optional<Added> added_token(std::string_view text, std::int64_t extras,
                                 std::int64_t vocabulary_size) {
  struct Known {
    std::string_view text;
    std::int64_t id;
  };
  for (const auto& [known, id] :
       {Known{"<pad>", kPadding}, Known{"</s>", kEnd}, Known{"<unk>", kUnknown}}) {
    if (text.starts_with(known)) return Added{known.size(), id};
  }
  if (!text.starts_with(kExtra)) return std::nullopt;
  const auto digits = text.substr(kExtra.size());
  std::int64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || number < 0 || number >= extras) return std::nullopt;
  const auto known = concat(kExtra, number, '>');  // the one way to write the number
  if (!text.starts_with(known)) return std::nullopt;
  return Added{known.size(), vocabulary_size - 1 - number};
}

}  // namespace

class SentencePiece::Processor : public sentencepiece::SentencePieceProcessor {};

SentencePiece::SentencePiece(const std::string& model, const std::string& where,
                             std::int64_t extras)
    : processor_(std::make_unique<Processor>()), extras_(extras) {
  check_sentencepiece_file(model, where);
  const auto status = processor_->LoadFromSerializedProto(model);
  check<FormatError>(status.ok(), where, ": expected a SentencePiece model, got ",
                     status.ToString());
  check<FormatError>(processor_->eos_id() == kEnd && processor_->unk_id() == kUnknown, where,
                     ": expected T5's </s> as 1 and <unk> as 2, got ", processor_->eos_id(),
                     " and ", processor_->unk_id());
}

SentencePiece::SentencePiece(SentencePiece&& other) noexcept = default;

SentencePiece::~SentencePiece() = default;

std::vector<Token> SentencePiece::tokens(std::string_view prompt, std::size_t max_length) const {
  decode_utf8(prompt);  // refuses what is not UTF-8
  std::vector<Token> tokens;
  const auto append = [&](std::size_t begin, std::size_t end) {
    sentencepiece::ImmutableSentencePieceText text;
    const auto status =
        processor_->Encode({prompt.data() + begin, end - begin}, text.mutable_proto());
    check<InputError>(status.ok(), "prompt: expected text to split into pieces, got ",
                      status.ToString());
    for (const auto& piece : text.pieces()) {
      tokens.push_back(
          {.id = piece.id(), .begin = begin + piece.begin(), .end = begin + piece.end()});
    }
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const auto added =
        prompt[i] == '<' ? added_token(prompt.substr(i), extras_, vocabulary_size()) : std::nullopt;
    if (!added) continue;
    append(begin, i);
    tokens.push_back({.id = added->id, .begin = i, .end = i + added->length});
    begin = i + added->length;
    i = begin - 1;
  }
  append(begin, prompt.size());
  tokens.resize(std::min(tokens.size(), max_length - 1));
  tokens.push_back({.id = kEnd});
  return tokens;
}

std::int64_t SentencePiece::padding_id() const { return kPadding; }

std::int64_t SentencePiece::vocabulary_size() const { return processor_->GetPieceSize() + extras_; }

}  // namespace imagine::text
