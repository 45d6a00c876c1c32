/// From a prompt to the token ids that a language model reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace imagine::text {

struct Token {
  std::int64_t id = 0;
  /// The bytes of the prompt that it stands for; none of a special token.
  std::size_t begin = 0, end = 0;

  bool operator==(const Token&) const = default;
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The prompt's tokens with the model's special ones, at most `max_length` of them in all: what
  /// is longer is cut. InputError where `prompt` is not UTF-8.
  virtual std::vector<Token> tokens(std::string_view prompt, std::size_t max_length) const = 0;
  /// Their ids.
  std::vector<std::int64_t> encode(std::string_view prompt, std::size_t max_length) const {
    std::vector<std::int64_t> ids;
    for (const auto& token : tokens(prompt, max_length)) ids.push_back(token.id);
    return ids;
  }
  /// The id that fills a batch behind the shorter prompts.
  virtual std::int64_t padding_id() const = 0;
  /// Every id is below this.
  virtual std::int64_t vocabulary_size() const = 0;
};

}  // namespace imagine::text
