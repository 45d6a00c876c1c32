/// JSON of strangers.
#pragma once

#include <string>

#include "core/fields.h"

namespace imagine::serve {

/// JSON that nests at most so deep, each key once. FormatError.
Json bounded_json(const std::string& text, const std::string& where, int deepest = 32);

}  // namespace imagine::serve
