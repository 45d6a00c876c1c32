/// The tokenizer.json that Hugging Face's tokenizers library reads and writes.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"

namespace imagine::text {

/// A component of a tokenizer.json and where it stands. Everything throws FormatError that begins
/// with that place.
class TokenizerPart {
 public:
  /// Keeps a reference to `json`.
  TokenizerPart(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  const Json& json() const { return json_; }
  const std::string& where() const { return where_; }

  /// What is under a key of this object.
  TokenizerPart operator[](const char* key) const;
  /// The elements of this list.
  std::vector<TokenizerPart> elements() const;
  /// Whether its "type" is this one.
  bool is(std::string_view type) const;
  /// Refuses the object if it has the key with another value than one of these.
  void expect(const char* key, std::initializer_list<Json> values) const;
  /// Refuses it for what it is.
  [[noreturn]] void refuse(std::string_view expected) const;
  /// This component, or those that a "Sequence" of them lists under `key`; none for null.
  std::vector<TokenizerPart> steps(const char* key) const;

  std::int64_t integer() const;
  const std::string& text() const;

 private:
  const Json& json_;
  std::string where_;
};

/// Its components, after a look at the version of the format.
TokenizerPart tokenizer_of(const Json& json, const std::string& where);

/// The ids that the post-processor puts before and after a text.
struct TextFrame {
  std::vector<std::int64_t> before, after;

  bool operator==(const TextFrame&) const = default;
};
TextFrame frame_of(const TokenizerPart& post_processor);

/// Calls `visit` with the text and the id of each of "added_tokens", which is an object with fields
/// of its own; they match as part of a word, too.
void for_each_added_token(
    const TokenizerPart& tokenizer,
    const std::function<void(const TokenizerPart&, const std::string&, std::int64_t)>& visit);

}  // namespace imagine::text
