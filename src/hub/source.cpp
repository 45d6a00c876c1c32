#include "hub/source.h"

#include <algorithm>
#include <cctype>

#include "core/check.h"
#include "hub/words.h"
#include "io/utf8.h"

namespace imagine::hub {
namespace {

constexpr std::size_t kLongestName = 96;      // as the hub has it
constexpr std::size_t kLongestSegment = 255;  // bytes, as most file systems have it
constexpr std::size_t kLongestPath = 1000;

bool is_name_character(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
}

bool is_name_part(std::string_view part) {
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  return !part.empty() && !is_edge(part.front()) && !is_edge(part.back()) &&
         std::ranges::all_of(part, is_name_character) && part.find("--") == part.npos &&
         part.find("..") == part.npos && !part.ends_with(".git");
}

bool is_repository(std::string_view name) {
  const auto slash = name.find('/');
  if (name.size() > kLongestName) return false;
  if (slash == name.npos) return is_name_part(name);
  return is_name_part(name.substr(0, slash)) && is_name_part(name.substr(slash + 1));
}

/// What a path could not be, in words; empty where it could be one.
std::string fault_of(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath) return "a length of 1 to 1000 bytes";
  if (!io::is_utf8(path)) return "UTF-8";
  const auto is_bad = [](unsigned char c) { return c < ' ' || c == 0x7f || c == '\\'; };
  if (std::ranges::any_of(path, is_bad)) return "no control characters and backslashes";
  while (true) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return "a path below its folder";
    if (segment.size() > kLongestSegment) return "names of at most 255 bytes";
    if (segment.starts_with(".imagine")) return "no name that begins with .imagine";
    if (slash == path.npos) return {};
    path.remove_prefix(slash + 1);
  }
}

std::string percent_encoded(std::string_view text, bool keep_slash) {
  constexpr std::string_view kPlain = "-_.~";
  constexpr auto kDigits = "0123456789ABCDEF";
  std::string result;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || kPlain.find(char(c)) != kPlain.npos || (keep_slash && c == '/')) {
      result += char(c);
    } else {
      result += {'%', kDigits[c >> 4], kDigits[c & 0xf]};
    }
  }
  return result;
}

}  // namespace

Source parse_source(const std::string& text) {
  Source source;
  auto rest = std::string_view(text);
  for (const std::string_view page : {"https://huggingface.co/", "https://hf.co/"}) {
    if (!rest.starts_with(page)) continue;  // as a browser's address bar has it
    rest.remove_prefix(page.size());
    while (rest.ends_with('/')) rest.remove_suffix(1);
  }
  if (const auto colon = rest.find(':'); colon != rest.npos) {
    source.folder = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    while (source.folder.ends_with('/')) source.folder.pop_back();
    const auto fault = fault_of(source.folder);
    check<InputError>(fault.empty(), text, ": expected a folder with ", fault, " behind the colon");
  }
  if (const auto at = rest.find('@'); at != rest.npos) {
    source.revision = rest.substr(at + 1);
    rest = rest.substr(0, at);
    const auto fault = fault_of(source.revision);
    check<InputError>(fault.empty(), text, ": expected a revision with ", fault, " behind the @");
  }
  source.repository = rest;
  check<InputError>(is_repository(rest), text,
                    ": expected ORG/NAME of letters, digits, -, _ and ., at most ", kLongestName,
                    " of them, as the hub has it, got \"", rest, '"');
  return source;
}

bool is_commit(std::string_view revision) {
  constexpr std::size_t kDigits = 40;
  return revision.size() == kDigits &&
         std::ranges::all_of(revision, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string url_segment(std::string_view text) { return percent_encoded(text, false); }
std::string url_path(std::string_view text) { return percent_encoded(text, true); }

void check_path(std::string_view path, const std::string& where) {
  const auto fault = fault_of(path);
  check<FormatError>(fault.empty(), where, ": expected file names with ", fault, ", got \"",
                     shown(path), '"');
}

}  // namespace imagine::hub
