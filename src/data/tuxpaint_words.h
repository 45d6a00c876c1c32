/// Which stamps we take, and how we call those whose caption is no name.
#pragma once

#include <optional>
#include <string_view>

#include "data/words.h"

namespace imagine::data {

inline constexpr int kSmallestStamp = 40;  ///< pixels of the longest side

/// Drawings among the photographs, by file name without extension.
bool is_drawn_stamp(std::string_view stem);

/// Colours swapped in the package, nearly invisible on white, or no thing to ask for.
bool is_unwanted_stamp(std::string_view stem);

/// The same as a table of words.h.
std::string_view unwanted_stamps();

/// Nothing is written on it.
bool may_flip_stamp(std::string_view path);

std::optional<Renamed> renamed_stamp(std::string_view stem);

}  // namespace imagine::data
