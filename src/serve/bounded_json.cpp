#include "serve/bounded_json.h"

#include <algorithm>
#include <string_view>

#include "io/json_file.h"

namespace imagine::serve {
namespace {

/// The most arrays and objects within each other; of what is no JSON some number.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted) continue;
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

}  // namespace

Json bounded_json(const std::string& text, const std::string& where, int deepest) {
  check<FormatError>(depth_of(text) <= deepest, where, ": expected at most ", deepest,
                     " levels of nesting, got more");
  return io::parse_json(text, where);
}

}  // namespace imagine::serve
