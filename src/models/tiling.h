/// A large picture in parts that are computed alone and seen as one.
#pragma once

#include <cstdint>
#include <vector>

namespace imagine::models {

/// A part of a side: what it gives of the whole, begin .. end - 1, and where the longer stretch
/// begins that is computed for it.
struct TileSpan {
  std::int64_t begin, end;
  std::int64_t window;
};

/// Parts of a side, computed in stretches of one length.
struct Tiling {
  std::vector<TileSpan> spans;
  std::int64_t window;
};

/// Parts of at most `tile`, which together are the side, each with `margin` on both sides of it or
/// as much as there is up to the side's end.
Tiling tiled(std::int64_t length, std::int64_t tile, std::int64_t margin);

}  // namespace imagine::models
