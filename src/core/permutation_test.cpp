#include "core/permutation.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace imagine {
namespace {

std::vector<std::uint64_t> order(std::uint64_t count, std::uint64_t seed) {
  const Permutation permutation(count, seed);
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < count; ++i) order.push_back(permutation(i));
  return order;
}

TEST(Permutation, HasEachNumberOnce) {
  for (const std::uint64_t count : {1, 2, 3, 7, 64, 1000, 1025}) {
    auto numbers = order(count, 5);
    std::ranges::sort(numbers);
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_EQ(numbers[i], i) << count;
  }
}

TEST(Permutation, FollowsFromItsSeed) {
  EXPECT_EQ(order(100, 1), order(100, 1));
  EXPECT_NE(order(100, 1), order(100, 2));
}

TEST(Permutation, PutsEachNumberAnywhere) {
  std::vector<int> places(8, 0);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) ++places[Permutation(8, seed)(3)];
  for (const int count : places) EXPECT_NEAR(count, 500, 110);  // five standard deviations
}

TEST(Permutation, LeavesNoLongRunsAsTheyWere) {
  const auto numbers = order(10'000, 3);
  int follow = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) follow += numbers[i] == numbers[i - 1] + 1;
  EXPECT_LT(follow, 20);  // one is to be expected
}

}  // namespace
}  // namespace imagine
