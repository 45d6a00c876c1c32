/// The check of a config's number.
#pragma once

#include <type_traits>

#include "core/check.h"

namespace imagine {

/// ConfigError "name: expected low .. high, got value" unless low <= value <= high.
template <class Value>
void check_range(const std::string& name, Value value, std::type_identity_t<Value> low,
                 std::type_identity_t<Value> high) {
  check<ConfigError>(value >= low && value <= high, name, ": expected ", low, " .. ", high,
                     ", got ", value);
}

}  // namespace imagine
