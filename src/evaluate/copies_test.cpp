#include "evaluate/copies.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::evaluate {
namespace {

/// Smooth pictures, all different: [N, 3, 64, 64] bytes.
Tensor pictures(int64_t count) {
  const auto seeds = torch::rand({count, 3, 6, 6});
  const auto smooth = at::upsample_bicubic2d(seeds, {64, 64}, /*align_corners=*/false);
  return (smooth.clamp(0, 1) * 255).to(torch::kByte);
}

class CopiesTest : public testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(4); }
};

TEST_F(CopiesTest, ACopyIsFoundThoughItIsShifted) {
  const auto training = pictures(80);
  auto copy = training[17].roll({4, -6}, {1, 2});  // two and three pixels at 32x32
  const auto nearest = nearest_of(torch::stack({copy, training[5]}), training);
  EXPECT_EQ(nearest[0].row, 17);
  EXPECT_LT(nearest[0].distance, 0.02);
  EXPECT_EQ(nearest[1].row, 5);
  EXPECT_NEAR(nearest[1].distance, 0, 1e-6);
}

TEST_F(CopiesTest, TheDistanceIsTheRootOfTheMeanSquare) {
  const auto black = torch::zeros({1, 3, 64, 64}, torch::kByte);
  const auto nearest = nearest_of(black, black + 51);
  EXPECT_NEAR(nearest[0].distance, 0.2, 1e-5);
}

TEST_F(CopiesTest, CopiesCountAndOthersDoNot) {
  const auto training = pictures(120);
  const auto innocent = nearest_of(pictures(100), training);
  const auto copied = nearest_of(training.narrow(0, 0, 30), training);
  EXPECT_EQ(copies_in(copied, innocent).copies, 30);
  EXPECT_LE(copies_in(nearest_of(pictures(100), training), innocent).copies, 6);
  EXPECT_LE(copies_in(innocent, innocent).copies, 1);
}

TEST_F(CopiesTest, TheCopyingScoreIsTheTestsZ) {
  const auto at = [](std::vector<double> distances) {
    std::vector<Nearest> all;
    for (const double distance : distances) all.push_back({.row = 0, .distance = distance});
    return all;
  };
  // All 12 pairs on one side: (0 - 6) / sqrt(3 * 4 * 8 / 12).
  EXPECT_NEAR(copying_score(at({1, 2, 3}), at({4, 5, 6, 7})), -6 / std::sqrt(8), 1e-9);
  EXPECT_NEAR(copying_score(at({4, 5, 6, 7}), at({1, 2, 3})), 6 / std::sqrt(8), 1e-9);
  EXPECT_NEAR(copying_score(at({1, 2, 2, 3}), at({1, 2, 2, 3})), 0, 1e-9);
  const auto training = pictures(120);
  const auto innocent = nearest_of(pictures(100), training);
  EXPECT_LT(copying_score(nearest_of(training.narrow(0, 0, 30), training), innocent), -3);
  EXPECT_LT(std::abs(copying_score(nearest_of(pictures(100), training), innocent)), 3);
}

TEST_F(CopiesTest, WithoutOthersThereIsOneClearLine) {
  EXPECT_THROW(nearest_of(pictures(1), pictures(0)), InputError);
  EXPECT_THROW(copies_in({}, std::vector<Nearest>(19)), InputError);
  EXPECT_THROW(copying_score({}, std::vector<Nearest>(19)), InputError);
}

}  // namespace
}  // namespace imagine::evaluate
