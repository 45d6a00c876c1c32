/// Says where a config is wrong that does not know its own place.
#pragma once

#include <string>

#include "imagine/error.h"

namespace imagine {

/// Calls `function`; a ConfigError that it throws gets `place` in front, and becomes an E.
template <class E = ConfigError, class Function>
decltype(auto) at_place(const std::string& place, const Function& function) {
  try {
    return function();
  } catch (const ConfigError& error) {
    throw E(place + error.what());
  }
}

}  // namespace imagine
