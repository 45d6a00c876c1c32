#include "serve/without_folders.h"

#include <string_view>

namespace imagine::serve {
namespace {

constexpr std::string_view kBefore = " \"'(=\n";  // of what a path may come after
// And what ends it: folders may have spaces and apostrophes.
constexpr std::string_view kAfter = "\":,;)\n";

}  // namespace

std::string without_folders(const std::string& text) {
  std::string told;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = text[at] == '/' && text.compare(at, 2, "/ ") != 0 &&
                        (at == 0 || kBefore.find(text[at - 1]) != kBefore.npos);
    if (begins) {
      const auto end = text.find_first_of(kAfter, at);
      at = text.substr(at, end - at).rfind('/') + at + 1;
    }
    if (at < text.size()) told += text[at++];
  }
  return told;
}

}  // namespace imagine::serve
