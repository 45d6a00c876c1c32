#include "text/gguf_tokenizer.h"

#include <cstdint>

#include "core/check.h"
#include "text/sentencepiece_model.h"

namespace imagine::text {
namespace {

using Kind = UnigramModel::Kind;

constexpr std::int64_t kUserDefined = 4;
constexpr std::int64_t kUnused = 5;  // what pads the pieces to the rows of the table of words

/// The values under "tokenizer.ggml.".
class Values {
 public:
  Values(const Json& metadata, const std::string& where) : metadata_(metadata), where_(where) {}

  const Json* find(const char* key) const {
    const auto found = metadata_.find(name(key));
    return found == metadata_.end() ? nullptr : &*found;
  }

  /// A list of `count` items that all pass `is_item`.
  const Json& list(const char* key, std::size_t count, bool (Json::*is_item)() const) const {
    const auto* found = find(key);
    bool fits = found != nullptr && found->is_array() && found->size() == count;
    for (std::size_t i = 0; fits && i < count; ++i) fits = ((*found)[i].*is_item)();
    if (!fits) refuse(key, concat("a list of ", count, " entries of T5's"));
    return *found;
  }

  /// Refuses another value than true; absence counts as that.
  void expect_true(const char* key) const {
    const auto* found = find(key);
    if (found != nullptr && *found != true) refuse(key, "true");
  }

  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    throw FormatError(concat(where_, ": ", name(key), ": expected ", expected, ", got another"));
  }

 private:
  static std::string name(const char* key) { return concat("tokenizer.ggml.", key); }

  const Json& metadata_;
  const std::string& where_;
};

std::string character_map_of(const Values& values) {
  std::string map;
  const auto* found = values.find("precompiled_charsmap");
  if (found == nullptr) return map;
  if (!found->is_array()) values.refuse("precompiled_charsmap", "a list of bytes");
  for (const auto& byte : *found) {
    const bool fits = is_integer_of<std::uint8_t>(byte) || is_integer_of<std::int8_t>(byte);
    if (!fits) values.refuse("precompiled_charsmap", "a list of bytes");
    map += char(byte.get<std::int64_t>());
  }
  return map;
}

/// <extra_id_N>, of which sentencepiece's model knows nothing either.
bool is_sentinel(const Json& text, const Json& kind) {
  return kind == kUserDefined && text.get_ref<const std::string&>().starts_with("<extra_id_");
}

}  // namespace

std::optional<std::string> sentencepiece_in_gguf(const Json& metadata, const std::string& where) {
  const Values values(metadata, where);
  const auto *model = values.find("model"), *tokens = values.find("tokens");
  if (model == nullptr || tokens == nullptr) return std::nullopt;
  if (*model != "t5") values.refuse("model", "t5");
  values.expect_true("add_space_prefix");
  values.expect_true("remove_extra_whitespaces");
  const auto count = tokens->size();
  const auto& texts = values.list("tokens", count, &Json::is_string);
  const auto& scores = values.list("scores", count, &Json::is_number);
  const auto& kinds = values.list("token_type", count, &Json::is_number_integer);
  UnigramModel unigram{.pieces = {}, .character_map = character_map_of(values)};
  auto used = count;
  while (used > 0 &&
         (kinds[used - 1] == kUnused || is_sentinel(texts[used - 1], kinds[used - 1]))) {
    --used;
  }
  for (std::size_t i = 0; i < used; ++i) {
    const auto kind = kinds[i].get<std::int64_t>();
    check<FormatError>(std::int64_t(Kind::normal) <= kind && kind <= std::int64_t(Kind::control),
                       where, ": tokenizer.ggml.token_type[", i,
                       "]: expected 1, 2 or 3, at the end also 4 of <extra_id_N> and 5, got ", kind,
                       " of ", texts[i].dump(-1, ' ', false, Json::error_handler_t::replace));
    unigram.pieces.push_back({.text = texts[i].get<std::string>(),
                              .score = float(scores[i].get<double>()),
                              .kind = Kind(kind)});
  }
  return sentencepiece_file(unigram);
}

}  // namespace imagine::text
