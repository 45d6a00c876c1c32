#include "io/prompt_file.h"

#include <utility>

#include "core/check.h"
#include "io/utf8.h"

namespace imagine::io {

std::vector<ListedPrompt> read_listed_prompts(const fs::path& path) {
  const auto file = read_file(path);
  auto rest = without_byte_order_mark(file);
  std::vector<ListedPrompt> prompts;
  for (std::int64_t line = 1; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    auto text = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!text.empty()) prompts.push_back({.text = std::string(text), .line = line});
  }
  check<InputError>(!prompts.empty(), path.string(), ": expected prompts, one a line, got none");
  return prompts;
}

std::vector<std::string> read_prompts(const fs::path& path) {
  std::vector<std::string> texts;
  for (auto& prompt : read_listed_prompts(path)) texts.push_back(std::move(prompt.text));
  return texts;
}

}  // namespace imagine::io
