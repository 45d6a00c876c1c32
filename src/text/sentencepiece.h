/// T5's tokenizer: SentencePiece's unigram model (Kudo 2018) and the tokens that T5 adds to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "text/tokenizer.h"

namespace imagine::text {

class SentencePiece : public Tokenizer {
 public:
  /// `model` is the content of a spiece.model, which `extras` tokens "<extra_id_0>" .. follow in
  /// falling order; FormatError, beginning with `where`, if it is none.
  SentencePiece(const std::string& model, const std::string& where, std::int64_t extras = 100);
  SentencePiece(SentencePiece&& other) noexcept;
  ~SentencePiece() override;

  /// Pieces, then </s>. "<pad>", "</s>", "<unk>" and "<extra_id_0>" .. in a prompt are those
  /// tokens, as transformers' T5Tokenizer has it.
  std::vector<Token> tokens(std::string_view prompt, std::size_t max_length) const override;
  std::int64_t padding_id() const override;
  /// The pieces and the extra tokens.
  std::int64_t vocabulary_size() const override;

 private:
  class Processor;
  std::unique_ptr<Processor> processor_;
  std::int64_t extras_;
};

}  // namespace imagine::text
