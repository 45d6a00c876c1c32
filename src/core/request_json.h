/// What to_json() and read_json() need to know of requests and recipes.
#pragma once

#include "core/fields.h"
#include "imagine/request.h"

namespace imagine {

/// A picture from outside is its name.
inline Json json_of(const Source& source) { return source.name; }

inline void read_value(const Json& json, const std::string& where, Source& source) {
  source = {.image = {}, .name = {}};
  read_json(json, where, source.name);
}

}  // namespace imagine
