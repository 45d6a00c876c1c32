#include "evaluate/line_match.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::evaluate {
namespace {

/// A vertical line from row `top` to before row `bottom`.
Tensor line(int64_t column, int64_t top = 0, int64_t bottom = 16) {
  auto lines = torch::zeros({16, 16});
  lines.narrow(0, top, bottom - top).select(1, column).fill_(1);
  return lines;
}

TEST(LineMatch, ALineNoFurtherThanTheReachIsTheSame) {
  EXPECT_EQ(line_match(line(5), line(5), 1.5), 1);
  EXPECT_EQ(line_match(line(6), line(5), 1.5), 1);
  EXPECT_EQ(line_match(line(7), line(5), 1.5), 0);
  EXPECT_EQ(line_match(line(7), line(5), 2), 1);
}

TEST(LineMatch, TheReachIsADisc) {
  auto one = torch::zeros({16, 16}), other = torch::zeros({16, 16});
  one[4][4] = 1, other[5][5] = 1;
  EXPECT_EQ(line_match(one, other, 1.5), 1);
  EXPECT_EQ(line_match(one, other, 1.4), 0);
}

TEST(LineMatch, MissingAndAddedLinesCountAlike) {
  const auto both = line(3) + line(12);
  EXPECT_NEAR(line_match(line(3), both, 1.5), 2.0 / 3, 1e-6);  // all right, half found
  EXPECT_NEAR(line_match(both, line(3), 1.5), 2.0 / 3, 1e-6);
  EXPECT_NEAR(line_match(line(3, 0, 4), line(3), 0), 0.4, 1e-6);
}

TEST(LineMatch, NoLinesMatchNoLines) {
  const auto none = torch::zeros({16, 16});
  EXPECT_EQ(line_match(none, none, 1.5), 1);
  EXPECT_EQ(line_match(none, line(3), 1.5), 0);
  EXPECT_EQ(line_match(line(3), none, 1.5), 0);
}

}  // namespace
}  // namespace imagine::evaluate
