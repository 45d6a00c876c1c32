/// The target of a request line: "/path?name=value".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace imagine::serve {

struct Target {
  std::string path;  ///< decoded, begins with /
  std::multimap<std::string, std::string> query = {};
};

/// Nothing where it is none: another form (RFC 9112, sec. 3.2, but origin-form), an escape that is
/// broken, a control character, text that is no UTF-8, a "." or ".." as a segment.
std::optional<Target> target_of(std::string_view text);

}  // namespace imagine::serve
