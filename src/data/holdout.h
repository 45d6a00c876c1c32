/// What training never sees, so that evaluation can ask for it.
///
/// The rules are pure functions of names: CRC-32 of a salt and the names, which is the same on
/// every machine and in every language. They decide for the whole project; the manifest lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fields.h"
#include "data/grammar.h"

namespace imagine::data {

/// CRC-32 (IEEE 802.3, as in zlib) of the salt and the names, joined by '|' in the given order.
std::uint32_t holdout_hash(std::initializer_list<std::string_view> names);

/// Ray-traced colour and shape, 15 % of the 60 pairs: no object of training is such a one.
/// No pair of the examples in README.md is held out: red sphere, blue cube, green cone, yellow
/// cylinder, blue sphere, purple sphere, white cube. An empty colour (wood) never is.
bool held_out_pair(std::string_view colour, std::string_view shape);
std::vector<std::pair<std::string_view, std::string_view>> held_out_pairs();

/// Ray-traced scenes of two objects where the one of `colour` stands in `relation` to the other:
/// purple to the left, orange behind. "B to the right of A" is A to the left of B.
bool held_out_relation(std::string_view colour, Relation relation);
std::vector<std::pair<std::string_view, Relation>> held_out_relations();

/// Ray-traced: never five things, equal or not.
bool held_out_count(int count);

/// Cut-outs: a tenth of the pairs of nouns is never in one picture, whatever the order; each noun
/// alone is. Of another tenth, A never stands to the left of B (nor B to the right of A) while B to
/// the left of A is seen.
bool held_out_composition(std::string_view a, Relation relation, std::string_view b);
/// The first part of it: for pictures whose objects stand in no stated relation.
bool held_out_nouns(std::string_view a, std::string_view b);

/// Cut-outs: for 5 % of the nouns the one style of `styles` (all in which the noun exists, at least
/// two) that is never seen; none for the others.
std::optional<std::string_view> held_out_style(std::string_view noun,
                                               std::span<const std::string_view> styles);

/// Cut-outs: a tenth of the nouns (by their English name) has no Italian caption.
bool held_out_italian(std::string_view noun);

/// The rules above for the manifest: every list that is finite, and the words of the others.
Json held_out_rules();

}  // namespace imagine::data
