#include "data/holdout.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/check.h"

namespace imagine::data {
namespace {

/// The first of imagine-0, imagine-1, ... that holds out exactly 9 of the 60 pairs, at most one of
/// a colour, one or two of every shape, and none of the README's examples.
constexpr std::string_view kSalt = "imagine-28512";

constexpr std::array<std::pair<std::string_view, Relation>, 2> kRelations = {
    {{"purple", Relation::left}, {"orange", Relation::behind}}};

std::uint32_t sorted_hash(std::string_view rule, std::string_view a, std::string_view b) {
  return a < b ? holdout_hash({rule, a, b}) : holdout_hash({rule, b, a});
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  for (const char c : bytes) {
    crc ^= std::uint8_t(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return crc;
}

}  // namespace

std::uint32_t holdout_hash(std::initializer_list<std::string_view> names) {
  std::uint32_t crc = crc32(~0u, kSalt);
  for (const auto name : names) crc = crc32(crc32(crc, "|"), name);
  return ~crc;
}

bool held_out_pair(std::string_view colour, std::string_view shape) {
  if (colour.empty()) return false;
  const auto [first, second] = std::minmax(colour, shape);
  return holdout_hash({first, second}) % 100 < 15;
}

std::vector<std::pair<std::string_view, std::string_view>> held_out_pairs() {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const auto& colour : colours()) {
    for (const auto& noun : shapes()) {
      const auto shape = noun.singular.english;
      if (held_out_pair(colour.english, shape)) pairs.emplace_back(colour.english, shape);
    }
  }
  return pairs;
}

bool held_out_relation(std::string_view colour, Relation relation) {
  return std::ranges::find(kRelations, std::pair{colour, relation}) != kRelations.end();
}

std::vector<std::pair<std::string_view, Relation>> held_out_relations() {
  return {kRelations.begin(), kRelations.end()};
}

bool held_out_count(int count) { return count == 5; }

bool held_out_nouns(std::string_view a, std::string_view b) {
  return sorted_hash("nouns", a, b) % 10 == 0;
}

bool held_out_composition(std::string_view a, Relation relation, std::string_view b) {
  if (held_out_nouns(a, b)) return true;
  if (relation == Relation::right) return held_out_composition(b, Relation::left, a);
  if (relation != Relation::left) return false;
  const auto hash = sorted_hash("left", a, b);
  const bool smaller_is_left = hash / 10 % 2 == 0;
  return hash % 10 == 0 && (a < b) == smaller_is_left;
}

std::optional<std::string_view> held_out_style(std::string_view noun,
                                               std::span<const std::string_view> styles) {
  check<InputError>(styles.size() >= 2, "held_out_style: expected two styles or more of \"", noun,
                    "\", got ", styles.size());
  if (holdout_hash({"style", noun}) % 20 != 0) return std::nullopt;
  return *std::ranges::min_element(styles, {}, [&](std::string_view style) {
    return holdout_hash({"style", style, noun});
  });
}

bool held_out_italian(std::string_view noun) { return holdout_hash({"italian", noun}) % 10 == 0; }

Json held_out_rules() {
  Json pairs = Json::array();
  for (const auto& [colour, shape] : held_out_pairs()) pairs.push_back({colour, shape});
  Json relations = Json::array();
  for (const auto& [colour, relation] : kRelations) {
    relations.push_back({colour, name_of(relation)});
  }
  return {
      {"salt", kSalt},
      {"hash", "CRC-32 of the salt and the names, joined by '|'"},
      {"scene_colour_shape", pairs},
      {"scene_colour_relation", relations},
      {"scene_count", {5}},
      {"cutout_nouns_together", "hash(nouns, sorted nouns) % 10 == 0"},
      {"cutout_left", "hash(left, sorted nouns) % 10 == 0; hash / 10 % 2 == 0: the smaller"},
      {"cutout_style", "hash(style, noun) % 20 == 0; the style of least hash(style, style, noun)"},
      {"cutout_italian", "hash(italian, noun) % 10 == 0"}};
}

}  // namespace imagine::data
