/// From a prompt to the token ids that a language model reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace imagine::text {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The prompt's ids with the model's special tokens, at most `max_length` of them in all: what is
  /// longer is cut. InputError where `prompt` is not UTF-8.
  virtual std::vector<std::int64_t> encode(std::string_view prompt,
                                           std::size_t max_length) const = 0;
  /// The id that fills a batch behind the shorter prompts.
  virtual std::int64_t padding_id() const = 0;
  /// Every id is below this.
  virtual std::int64_t vocabulary_size() const = 0;
};

}  // namespace imagine::text
