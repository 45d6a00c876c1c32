/// A picture in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imagine {

/// 8-bit sRGB, rows from the top, pixels from the left, three bytes each.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  ///< width * height * 3 bytes

  std::uint8_t* at(int x, int y) { return &rgb[(std::size_t(y) * width + x) * 3]; }
  const std::uint8_t* at(int x, int y) const { return &rgb[(std::size_t(y) * width + x) * 3]; }
};

}  // namespace imagine
