/// A picture from outside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imagine/image.h"

namespace imagine {

struct Source {
  Image image;
  std::string name;  ///< as a recipe tells it: its file
  std::vector<std::uint8_t> alpha =
      {};  ///< width * height; empty: opaque; an enlargement's is enlarged
};

}  // namespace imagine
