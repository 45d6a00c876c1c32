#include "serve/dialects/lora_tags.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace imagine::serve {
namespace {

constexpr std::string_view kBegin = "<lora:";

/// "NAME", "NAME:0.8" or "NAME:0.8:1": of several weights the first counts.
LoraUse lora_of(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  LoraUse lora{.file = std::string(text.substr(0, colon))};
  text.remove_prefix(std::min(colon + 1, text.size()));
  std::from_chars(text.data(), text.data() + text.size(), lora.weight);
  return lora;
}

}  // namespace

std::vector<LoraUse> take_lora_tags(std::string& prompt) {
  std::vector<LoraUse> loras;
  std::string_view rest = prompt;
  std::string others;
  for (std::size_t at = 0; (at = rest.find(kBegin)) != rest.npos;) {
    const auto end = rest.find('>', at);
    if (end == rest.npos) break;
    const auto begin = at + kBegin.size();
    loras.push_back(lora_of(rest.substr(begin, end - begin)));
    others += rest.substr(0, at);
    rest.remove_prefix(end + 1);
  }
  prompt = others.append(rest);
  return loras;
}

}  // namespace imagine::serve
