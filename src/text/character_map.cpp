#include "text/character_map.h"

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/check.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

constexpr std::size_t kBlock = 256;        // units; what follows a unit lies in one block
constexpr int kLongestKey = 32;            // bytes: the library takes no more matches than these
constexpr std::size_t kLongestText = 128;  // bytes; NFKC's longest has 33
constexpr std::size_t kMost = 16'000'000;  // bytes

/// Darts-clone's unit: where its children begin, the byte that led here, and the value of a leaf.
struct Unit {
  std::uint32_t bits;

  std::uint32_t value() const { return bits & 0x7fffffff; }
  std::uint32_t label() const { return bits & 0x800000ff; }  // of a leaf no byte
  bool has_leaf() const { return (bits & 0x100) != 0; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200) >> 6); }
};
static_assert(sizeof(Unit) == 4);

struct Map {
  std::vector<Unit> units;
  std::string_view texts;
};

Map map_of(std::string_view bytes, const std::string& where) {
  std::uint32_t size = 0;
  check<FormatError>(bytes.size() > sizeof(size) && bytes.size() <= kMost, where,
                     ": expected a character map of 5 to ", kMost, " bytes, got ", bytes.size());
  std::memcpy(&size, bytes.data(), sizeof(size));  // little-endian, as all that we run on
  bytes.remove_prefix(sizeof(size));
  constexpr auto kBlockBytes = kBlock * sizeof(Unit);
  check<FormatError>(size > 0 && size % kBlockBytes == 0 && size < bytes.size(), where,
                     ": expected a character map whose trie is blocks of ", kBlockBytes,
                     " bytes with texts behind them, got ", size, " of ", bytes.size(), " bytes");
  Map map{.units = std::vector<Unit>(size / sizeof(Unit)), .texts = bytes.substr(size)};
  std::memcpy(map.units.data(), bytes.data(), size);
  check<FormatError>(map.texts.back() == '\0' && is_utf8(map.texts), where,
                     ": expected a character map of texts in UTF-8 that end with 0, got others");
  return map;
}

void check_leaf(const Map& map, std::size_t at, const std::string& where) {
  const auto begin = map.units[at].value();
  check<FormatError>(
      begin < map.texts.size() && (begin == 0 || map.texts[begin - 1] == '\0'), where,
      ": expected a character map that leads to its texts, got one that leads to byte ", begin,
      " of ", map.texts.size());
  const auto length = map.texts.find('\0', begin) - begin;
  check<FormatError>(length <= kLongestText, where,
                     ": expected a character map to texts of at most ", kLongestText,
                     " bytes, got one of ", length);
}

/// Where the children of the unit `at` begin.
std::size_t children(const Map& map, std::size_t at, const std::string& where) {
  const auto begin = at ^ map.units[at].offset();
  check<FormatError>(begin < map.units.size(), where,
                     ": expected a character map whose trie keeps within ", map.units.size(),
                     " units, got one that leads to ", begin);
  return begin;
}

}  // namespace

void check_character_map(std::string_view bytes, const std::string& where) {
  if (bytes.empty()) return;
  const auto map = map_of(bytes, where);
  const auto count = map.units.size();
  // Which units may have their children looked for, after so many bytes of a key.
  std::vector<bool> bases(count, false);
  bases[children(map, 0, where)] = true;
  for (int length = 0;; ++length) {
    std::vector<bool> next(count, false);
    bool goes_on = false;
    for (std::size_t unit = 0; unit < count; ++unit) {
      const auto label = map.units[unit].label();
      if (label > 0xff || !bases[unit ^ label]) continue;
      const auto begin = children(map, unit, where);
      if (map.units[unit].has_leaf()) check_leaf(map, begin, where);
      next[begin] = goes_on = true;
    }
    if (!goes_on) return;
    check<FormatError>(length < kLongestKey, where,
                       ": expected a character map of keys of at most ", kLongestKey,
                       " bytes, got longer ones");
    bases = std::move(next);
  }
}

}  // namespace imagine::text
