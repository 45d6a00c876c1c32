#include "models/tiling.h"

#include <gtest/gtest.h>

namespace imagine::models {
namespace {

TEST(Tiling, CoversASideWithMarginsThatReachItsEnds) {
  for (const std::int64_t length : {1, 2, 31, 32, 33, 64, 65, 100, 255, 256, 1000}) {
    for (const std::int64_t tile : {1, 7, 32, 300}) {
      for (const std::int64_t margin : {0, 3, 40}) {
        const auto tiling = tiled(length, tile, margin);
        std::int64_t covered = 0;
        for (const auto& span : tiling.spans) {
          ASSERT_EQ(span.begin, covered);
          ASSERT_GT(span.end, span.begin);
          ASSERT_LE(span.end - span.begin, tile);
          covered = span.end;
          const auto end = span.window + tiling.window;
          ASSERT_GE(span.window, 0);
          ASSERT_LE(end, length);
          ASSERT_TRUE(span.window == 0 || span.begin - span.window >= margin);
          ASSERT_TRUE(end == length || end - span.end >= margin);
        }
        ASSERT_EQ(covered, length);
      }
    }
  }
}

}  // namespace
}  // namespace imagine::models
