/// A stranger's words, as a message may hold them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace imagine::hub {

/// The first 300 bytes, in one line, without what controls a terminal.
inline std::string shown(std::string_view words) {
  constexpr std::size_t kMost = 300;
  std::string line(words.substr(0, kMost));
  std::erase_if(line, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return line;
}

}  // namespace imagine::hub
