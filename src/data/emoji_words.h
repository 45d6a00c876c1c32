/// What we take of the emoji sets, and how we call it.
#pragma once

#include <optional>
#include <string_view>

#include "data/words.h"

namespace imagine::data {

/// Concrete things by the categories of emoji.json; no clock faces, and nothing whose name does not
/// say what is seen.
bool is_wanted_emoji(std::string_view category, std::string_view english_name);

/// The names that is_wanted_emoji refuses, as a table of words.h.
std::string_view unwanted_emojis();

/// Kinds of things that stand well beside another thing.
bool is_composable_emoji(std::string_view subcategory);

/// Of these kinds nothing has letters or a direction in its name.
bool may_flip_emoji(std::string_view subcategory, std::string_view english_name);

/// Where the name of the CLDR is vague or does not fit a caption.
std::optional<Renamed> renamed_emoji(std::string_view english_name);

}  // namespace imagine::data
