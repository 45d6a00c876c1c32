/// Names of several equal things: "red apples", "mele".
#pragma once

#include <optional>
#include <string>

#include "data/cutout.h"

namespace imagine::data {

/// "red apple" -> "red apples", "snowman" -> "snowmen". nullopt for what is not counted or would
/// need more than its last word changed: names without "a" or "an", with a capital letter, or with
/// more in them than adjectives and a noun ("cup of coffee").
std::optional<std::string> english_plural(const Name& name);

/// "arancia" -> "arance", "cane da slitta" -> "cani da slitta". nullopt for what is not counted,
/// and for adjectives and second nouns ("pesce palla"), of which a word alone does not tell how
/// they agree.
std::optional<std::string> italian_plural(const Name& name);

}  // namespace imagine::data
