#include "text/emphasis.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

namespace imagine::text {

std::string text_of(const std::vector<WeightedText>& parts) {
  std::string text;
  for (const auto& part : parts) text += part.text;
  return text;
}

Tensor emphasis_of(const std::vector<Token>& tokens, const std::vector<WeightedText>& parts,
                   std::int64_t length) {
  const auto text = text_of(parts);
  std::vector<float> emphasis(std::size_t(length), 0);
  for (std::size_t i = 0; i < std::min(tokens.size(), emphasis.size()); ++i) {
    const auto [id, begin, end] = tokens[i];
    if (begin == end) continue;
    const auto letter = std::min(text.find_first_not_of(' ', begin), end - 1);
    std::size_t part = 0, part_end = parts.front().text.size();
    while (part + 1 < parts.size() && part_end <= letter) part_end += parts[++part].text.size();
    emphasis[i] = float(std::log(parts[part].weight));
  }
  return torch::tensor(emphasis).unsqueeze(0);
}

}  // namespace imagine::text
