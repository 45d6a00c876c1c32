#include "bulk/share.h"

#include <gmock/gmock.h>
#include <numeric>

namespace imagine::bulk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

TEST(Share, AloneOneBeginsAtTheBeginning) {
  EXPECT_THAT(shards_in_turn(4, {}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(shards_in_turn(0, {}), IsEmpty());
}

TEST(Share, OwnShardsComeFirstAndThoseOfOthersFromTheirEnds) {
  EXPECT_THAT(shards_in_turn(8, {.rank = 0, .size = 3}), ElementsAre(0, 3, 6, 7, 4, 1, 5, 2));
  EXPECT_THAT(shards_in_turn(8, {.rank = 1, .size = 3}), ElementsAre(1, 4, 7, 5, 2, 6, 3, 0));
  EXPECT_THAT(shards_in_turn(8, {.rank = 2, .size = 3}), ElementsAre(2, 5, 6, 3, 0, 7, 4, 1));
}

TEST(Share, EveryProcessTriesEveryShardOnce) {
  for (std::int64_t size = 1; size <= 9; ++size) {
    for (std::int64_t rank = 0; rank < size; ++rank) {
      std::vector<std::int64_t> all(7);
      std::iota(all.begin(), all.end(), 0);
      EXPECT_THAT(shards_in_turn(7, {.rank = rank, .size = size}), UnorderedElementsAreArray(all));
    }
  }
}

}  // namespace
}  // namespace imagine::bulk
