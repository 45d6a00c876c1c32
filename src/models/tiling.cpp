#include "models/tiling.h"

#include <algorithm>

namespace imagine::models {

Tiling tiled(std::int64_t length, std::int64_t tile, std::int64_t margin) {
  const auto count = (length + tile - 1) / tile;
  const auto longest = (length + count - 1) / count;
  Tiling tiling{.spans = {}, .window = std::min(length, longest + 2 * margin)};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto begin = i * length / count;
    tiling.spans.push_back(
        {.begin = begin,
         .end = (i + 1) * length / count,
         .window = std::clamp<std::int64_t>(begin - margin, 0, length - tiling.window)});
  }
  return tiling;
}

}  // namespace imagine::models
