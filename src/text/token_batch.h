/// Prompts of different lengths as one tensor of token ids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tensor/types.h"
#include "text/text_encoder.h"
#include "text/tokenizer.h"

namespace imagine::text {

struct TokenBatch {
  Tensor ids;   // [B, T] int64
  Tensor mask;  // [B, T] bool, true where a token of the prompt stands
};

/// Each prompt cut at `length.most` tokens, or at `max_length` where that is less; T is
/// `length.most` where it pads, else the longest prompt's. InputError for no prompts.
TokenBatch token_batch(const Tokenizer& tokenizer, const std::vector<std::string>& prompts,
                       int64_t max_length, const TextLength& length = {});

/// The tokens of a row of token_batch(), without its padding.
std::vector<Token> tokens_read(const Tokenizer& tokenizer, const std::string& prompt,
                               int64_t max_length, const TextLength& length = {});

/// How much of the prompt a row of token_batch() holds.
PromptLength prompt_length(const Tokenizer& tokenizer, const std::string& prompt,
                           int64_t max_length, const TextLength& length = {});

}  // namespace imagine::text
