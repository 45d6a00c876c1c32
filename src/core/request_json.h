/// What to_json() and read_json() need to know of requests and recipes.
#pragma once

#include <algorithm>

#include "core/fields.h"
#include "imagine/request.h"

namespace imagine {

/// A picture from outside is its name.
inline Json json_of(const Source& source) { return source.name; }

inline void read_value(const Json& json, const std::string& where, Source& source) {
  source = {.image = {}, .name = {}};
  read_json(json, where, source.name);
}

/// A box is [x, y, width, height].
inline Json json_of(const Box& box) { return {box.x, box.y, box.width, box.height}; }

inline void read_value(const Json& json, const std::string& where, Box& box) {
  const bool fits = json.is_array() && json.size() == 4 &&
                    std::ranges::all_of(json, [](const Json& side) { return side.is_number(); });
  check<ConfigError>(fits, where, ": expected [x, y, width, height], got ", json.dump());
  box = {.x = json[0], .y = json[1], .width = json[2], .height = json[3]};
}

}  // namespace imagine
