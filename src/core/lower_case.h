/// Small letters.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace imagine {

/// With small letters where ASCII has them; other bytes stay.
inline std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

}  // namespace imagine
