#include "core/nearest.h"

#include <algorithm>
#include <cctype>

namespace imagine {
namespace {

constexpr std::size_t kFewestLetters = 3;  // of a beginning that tells which name is meant
constexpr std::size_t kMostLetters = 64;   // what is longer is no name

std::string lower(std::string text) {
  for (char& c : text) c = char(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::size_t slips_between(std::string_view a, std::string_view b) {
  // Rows i - 2, i - 1 and i of the table of distances between beginnings.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = last, last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(const std::string& given,
                                   const std::vector<std::string>& names) {
  if (given.empty() || given.size() > kMostLetters) return std::nullopt;
  const auto wanted = lower(given);
  std::optional<std::string> found;
  std::size_t fewest = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const auto& name : names) {
    const auto known = lower(name);
    const bool begins = wanted.size() >= kFewestLetters && known.starts_with(wanted);
    const auto slips = begins ? 0 : slips_between(wanted, known);
    // Of two letters one is half a name: nothing tells what was meant.
    if (slips < fewest && slips < std::max<std::size_t>(2, known.size()) - 1) {
      fewest = slips, found = name;
    }
  }
  return found;
}

}  // namespace imagine
