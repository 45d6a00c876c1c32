#include "serve/http/routes.h"

#include <algorithm>
#include <string_view>

namespace imagine::serve {
namespace {

std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

std::optional<Names> names_in(std::string_view path, std::string_view pattern) {
  Names names;
  while (true) {
    if (pattern.starts_with('{') && pattern.ends_with("*}")) {
      names.emplace(pattern.substr(1, pattern.size() - 3), path);
      return names;
    }
    if (path.empty() || pattern.empty()) break;
    const auto own = take_segment(path), wanted = take_segment(pattern);
    if (wanted.starts_with('{')) {
      names.emplace(wanted.substr(1, wanted.size() - 2), own);
    } else if (own != wanted) {
      return {};
    }
  }
  if (path.empty() && pattern.empty()) return names;
  return {};
}

std::optional<Names> names_of(const std::string& path, const Route& route) {
  auto names = names_in(path, route.path);
  if (names && route.takes && !route.takes(*names)) names.reset();
  return names;
}

}  // namespace

std::optional<Found> Routes::find(const std::string& method, const std::string& path) const {
  for (const auto& route : routes_) {
    if (route.method != method && !(method == "HEAD" && route.method == "GET")) continue;
    if (auto names = names_of(path, route)) return Found{&route, *std::move(names)};
  }
  return {};
}

std::vector<std::string> Routes::methods(const std::string& path) const {
  std::vector<std::string> methods;
  for (const auto& route : routes_) {
    const bool known = std::ranges::find(methods, route.method) != methods.end();
    if (!known && names_of(path, route)) methods.push_back(route.method);
  }
  return methods;
}

}  // namespace imagine::serve
