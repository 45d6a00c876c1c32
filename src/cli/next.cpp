#include "cli/next.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <string_view>

namespace imagine::cli {
namespace {

/// As a POSIX shell reads it back; `always` in quotes.
std::string shell_word(const std::string& text, bool always = false) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("_-./:,=+@%").find(char(c)) != std::string_view::npos;
  };
  if (!always && !text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string word = "\"";
  for (const char c : text) {
    if (std::string_view("\"\\$`").find(c) != std::string_view::npos) word += '\\';
    word += c;
  }
  return word + '"';
}

}  // namespace

void tell_how_to_draw(const std::string& prompt, const std::vector<std::string>& options) {
  std::cout << "draw with it: imagine generate " << shell_word(prompt, true);
  for (const auto& option : options) std::cout << ' ' << shell_word(option);
  std::cout << std::endl;
}

}  // namespace imagine::cli
