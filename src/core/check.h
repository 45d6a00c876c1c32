/// One way to refuse: check<FormatError>(size < limit, path, ": expected ..., got ", size).
#pragma once

#include <sstream>
#include <string>
#include <utility>

#include "imagine/error.h"

namespace imagine {

template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Throws E with the parts joined to one line unless `condition` holds.
template <class E, class... Parts>
void check(bool condition, const Parts&... parts) {
  if (!condition) throw E(concat(parts...));
}

}  // namespace imagine
