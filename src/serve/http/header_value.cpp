#include "serve/http/header_value.h"

#include <algorithm>

#include "core/lower_case.h"
#include "core/trimmed.h"

namespace imagine::serve {
namespace {

/// Takes a token or a quoted text off the front, up to the next semicolon.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find(';'), text.size());
    value = trimmed(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    // A backslash escapes quotes and itself: before all else it is a letter of Windows' paths.
    const bool escapes =
        text.front() == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\');
    if (escapes) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  text.remove_prefix(std::min(text.find(';'), text.size()));
  return value;
}

}  // namespace

std::string_view trimmed(std::string_view text) { return imagine::trimmed(text, " \t"); }

HeaderValue parsed_value(std::string_view text) {
  HeaderValue result{.value = lower_case(std::string(trimmed(text.substr(0, text.find(';')))))};
  text.remove_prefix(std::min(text.find(';'), text.size()));
  while (!text.empty()) {
    text = text.substr(1);  // the semicolon
    const auto stop = std::min(text.find_first_of("=;"), text.size());
    const auto name = trimmed(text.substr(0, stop));
    text.remove_prefix(stop);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    auto value = take_value(text);
    result.parameters.emplace(name, std::move(value));
  }
  return result;
}

}  // namespace imagine::serve
