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

/// Each prompt cut at `max_length` tokens; T is `length` (at least max_length cuts there too), else
/// the longest prompt's. InputError for no prompts.
TokenBatch token_batch(const Tokenizer& tokenizer, const std::vector<std::string>& prompts,
                       int64_t max_length, std::optional<int64_t> length = {});

/// How much of the prompt a row of token_batch() holds.
PromptLength prompt_length(const Tokenizer& tokenizer, const std::string& prompt,
                           int64_t max_length, std::optional<int64_t> length = {});

}  // namespace imagine::text
