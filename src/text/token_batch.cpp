#include "text/token_batch.h"

#include <algorithm>
#include <limits>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::text {

TokenBatch token_batch(const Tokenizer& tokenizer, const std::vector<std::string>& prompts,
                       int64_t max_length, const TextLength& length) {
  check<InputError>(!prompts.empty(), "prompts: expected at least one, got none");
  const auto most = std::min(max_length, length.most.value_or(max_length));
  std::vector<std::vector<int64_t>> rows;
  int64_t longest = 0;
  for (const auto& prompt : prompts) {
    rows.push_back(tokenizer.encode(prompt, std::size_t(most)));
    longest = std::max(longest, std::ssize(rows.back()));
  }
  const auto count = std::ssize(rows);
  const auto width = length.padded ? length.most.value_or(longest) : longest;
  TokenBatch batch{.ids = torch::full({count, width}, tokenizer.padding_id(), torch::kInt64),
                   .mask = torch::zeros({count, width}, torch::kBool)};
  for (int64_t i = 0; i < count; ++i) {
    const auto& row = rows[std::size_t(i)];
    batch.ids[i].narrow(0, 0, std::ssize(row)).copy_(torch::tensor(row, torch::kInt64));
    batch.mask[i].narrow(0, 0, std::ssize(row)).fill_(true);
  }
  return batch;
}

std::vector<Token> tokens_read(const Tokenizer& tokenizer, const std::string& prompt,
                               int64_t max_length, const TextLength& length) {
  return tokenizer.tokens(prompt,
                          std::size_t(std::min(max_length, length.most.value_or(max_length))));
}

PromptLength prompt_length(const Tokenizer& tokenizer, const std::string& prompt,
                           int64_t max_length, const TextLength& length) {
  const auto tokens = std::ssize(tokenizer.encode(prompt, std::numeric_limits<std::size_t>::max()));
  return {.tokens = tokens,
          .read = std::min({tokens, max_length, length.most.value_or(max_length)})};
}

}  // namespace imagine::text
