#include "evaluate/series.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::evaluate {
namespace {

TEST(Series, RanksTellWhetherOneGrowsWithTheOther) {
  EXPECT_DOUBLE_EQ(rank_correlation({0.5, 1, 2, 9}, {0.1, 0.2, 0.25, 0.9}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {9, 5, 1}), -1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4, 5}, {1, 2, 3, 5, 4}), 0.9);  // 1 - 6 * 2 / 120
  EXPECT_EQ(rank_correlation({1, 2, 3}, {4, 4, 4}), 0);
  EXPECT_NEAR(rank_correlation({1, 2, 3}, {1, 1, 2}), 0.8660, 1e-4);
}

TEST(Series, NeedsAsManyOfBoth) {
  EXPECT_THROW(rank_correlation({1, 2}, {1, 2, 3}), InputError);
  EXPECT_THROW(rank_correlation({1}, {1}), InputError);
}

TEST(Series, RisesWithinATolerance) {
  EXPECT_TRUE(rises({0.1, 0.3, 0.29, 0.8}, 0.05));
  EXPECT_FALSE(rises({0.1, 0.3, 0.2, 0.8}, 0.05));
  EXPECT_FALSE(rises({0.3, 0.27, 0.24, 0.31}, 0.05));  // small steps down add up
  EXPECT_FALSE(rises({0.5, 0.5, 0.5}, 0.05));
}

}  // namespace
}  // namespace imagine::evaluate
