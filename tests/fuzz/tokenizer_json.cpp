/// Tokenizers of strangers: a tokenizer.json as T5's and as BERT's, anything else as a
/// spiece.model. What is taken has to split a hard text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "imagine/error.h"
#include "text/tokenizer_file.h"

using imagine::text::TokenizerFile;

namespace {

constexpr std::string_view kText =
    "a red cube, 3\u00bd \uff21\ufb01\u2122 <extra_id_0> </s>x\u0301 \u65e5\u672c \U0001f98a\t\n  "
    "end";
constexpr std::int64_t kMostPieces = 1'000'000;

template <class Tokenizer>
void attempt(Tokenizer tokenizer_of, const TokenizerFile& file) {
  try {
    const auto tokenizer = tokenizer_of(file, kMostPieces);
    for (const auto id : tokenizer.encode(kText, 77)) {
      if (id < 0 || id >= tokenizer.vocabulary_size()) __builtin_trap();
    }
  } catch (const imagine::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string content(reinterpret_cast<const char*>(data), size);
  const bool is_json = content.starts_with('{');
  const TokenizerFile file{.path = is_json ? "tokenizer.json" : "spiece.model", .content = content};
  attempt(imagine::text::t5_tokenizer, file);
  if (is_json) attempt(imagine::text::bert_tokenizer, file);
  return 0;
}
