/// Shapes and sizes as Google's clients name them.
#pragma once

#include <string>

#include "serve/wish.h"

namespace imagine::serve {

/// "16:9" and "1K", as many pixels as a square of that side has; either may be empty.
struct GoogleShape {
  std::string aspect = {}, size = {};
  const char* aspect_name;
  const char* size_name;
};

/// Problem 400 names the field.
void set_shape(Wish& wish, const GoogleShape& shape);

/// "image/png" -> "png". Problem 400 for another type of picture.
std::string format_of_type(const std::string& type, const char* field);

/// "png" -> "image/png"
inline std::string type_of_format(const std::string& format) { return "image/" + format; }

}  // namespace imagine::serve
