#include "serve/http/target.h"

#include <algorithm>

#include "io/utf8.h"

namespace imagine::serve {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `plus` is a space: in a query.
std::optional<std::string> decoded(std::string_view text, bool plus) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return {};
      const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (plus && c == '+') {
      c = ' ';
    }
    result += c;
  }
  const auto controls = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (std::ranges::any_of(result, controls) || !io::is_utf8(result)) return {};
  return result;
}

bool stays_below(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return false;
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  return true;
}

/// As proxies are asked, "http://host/path" too (RFC 9112, sec. 3.2.2): then without what is before
/// the path.
std::string_view without_origin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) {
      const auto path = text.find('/', scheme.size());
      return path == text.npos ? "/" : text.substr(path);
    }
  }
  return text;
}

}  // namespace

std::optional<Target> target_of(std::string_view text) {
  text = without_origin(text);
  const auto mark = text.find('?');
  const auto path = decoded(text.substr(0, mark), false);
  if (!path || !path->starts_with('/') || !stays_below(*path)) return {};
  Target target{.path = *path};
  auto rest = mark == text.npos ? std::string_view() : text.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decoded(pair.substr(0, equals), true);
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return {};
    target.query.emplace(*name, *value);
  }
  return target;
}

}  // namespace imagine::serve
