/// Text without the white space around it.
#pragma once

#include <string_view>

namespace imagine {

/// Without the letters of `space` at both ends: a part of `text`.
inline std::string_view trimmed(std::string_view text, std::string_view space = " \t\r\n") {
  const auto begin = text.find_first_not_of(space);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

}  // namespace imagine
