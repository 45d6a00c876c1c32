/// Tables of words: one string, each entry between bars, so that a table reads like a list.
#pragma once

#include <string_view>

namespace imagine::data {

/// "|red apple|pear|" holds "pear". An entry that ends in '*' holds every word that begins so.
inline bool lists(std::string_view table, std::string_view word) {
  for (auto rest = table.substr(1); !rest.empty();) {
    const auto end = rest.find('|');
    const auto entry = rest.substr(0, end);
    if (entry == word) return true;
    if (entry.ends_with('*') && word.starts_with(entry.substr(0, entry.size() - 1))) return true;
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return false;
}

/// How we call a thing that its source calls `source`.
struct Renamed {
  std::string_view source;
  std::string_view english;  ///< with article, if it takes one
  std::string_view italian;
};

}  // namespace imagine::data
