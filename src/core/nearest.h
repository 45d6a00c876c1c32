/// What somebody may have meant by a name that nothing has.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imagine {

/// How many letters must be added, dropped, changed, or swapped with their neighbour to make one of
/// the other (optimal string alignment; Damerau 1964).
std::size_t slips_between(std::string_view a, std::string_view b);

/// The name that `given` is the beginning of (three letters at least), or else the nearest one, if
/// no more than a third of its letters differ. Case does not count.
std::optional<std::string> nearest(const std::string& given, const std::vector<std::string>& names);

}  // namespace imagine
