/// Shapes, sizes and formats as Google's clients name them.
#pragma once

#include <cstdint>
#include <optional>
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

/// How pictures are written.
struct GoogleOutput {
  std::string mimeType = {};
  std::optional<std::int64_t> compressionQuality = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("mimeType", self.mimeType, "image/png, image/jpeg or image/webp");
    field("compressionQuality", self.compressionQuality, "of JPEG and WebP, 0 .. 100");
  }
};

/// "image/png" -> "png". Problem 400 for another type of picture.
std::string format_of_type(const std::string& type, const char* field);

/// "png" -> "image/png"
inline std::string type_of_format(const std::string& format) { return "image/" + format; }

}  // namespace imagine::serve
