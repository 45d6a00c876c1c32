/// Names that nobody can guess.
#pragma once

#include <cstdio>
#include <random>
#include <string>

namespace imagine::serve {

/// The beginning and 128 random bits.
inline std::string new_id(const std::string& beginning) {
  thread_local std::random_device device;
  auto id = beginning;
  for (int i = 0; i < 4; ++i) {
    char digits[9];  // NOLINT(modernize-avoid-c-arrays)
    std::snprintf(digits, sizeof(digits), "%08x", device());
    id += digits;
  }
  return id;
}

}  // namespace imagine::serve
