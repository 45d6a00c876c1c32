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
  const auto nearest = Neighbours(training).nearest_of(torch::stack({copy, training[5]}));
  EXPECT_EQ(nearest[0].row, 17);
  EXPECT_LT(nearest[0].distance, 0.02);
  EXPECT_EQ(nearest[1].row, 5);
  EXPECT_NEAR(nearest[1].distance, 0, 1e-6);
}

TEST_F(CopiesTest, TheDistanceIsTheRootOfTheMeanSquare) {
  const auto black = torch::zeros({1, 3, 64, 64}, torch::kByte);
  const auto nearest = Neighbours((black + 51).repeat({2, 1, 1, 1})).nearest_of(black);
  EXPECT_NEAR(nearest[0].distance, 0.2, 1e-5);
}

TEST_F(CopiesTest, CopiesCountAndOthersDoNot) {
  const auto training = pictures(120);
  const auto innocent = Neighbours(training).nearest_of(pictures(100));
  const auto copied = Neighbours(training).nearest_of(training.narrow(0, 0, 30));
  EXPECT_EQ(copies_in(copied, innocent).copies, 30);
  EXPECT_LE(copies_in(Neighbours(training).nearest_of(pictures(100)), innocent).copies, 6);
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
  const auto innocent = Neighbours(training).nearest_of(pictures(100));
  EXPECT_LT(copying_score(Neighbours(training).nearest_of(training.narrow(0, 0, 30)), innocent),
            -3);
  EXPECT_LT(std::abs(copying_score(Neighbours(training).nearest_of(pictures(100)), innocent)), 3);
}

TEST_F(CopiesTest, AnOwnPictureIsNotItsOwnNeighbour) {
  const auto some = pictures(40);
  const auto nearest = Neighbours(torch::cat({some, some.narrow(0, 3, 1)})).nearest_of_own(3);
  EXPECT_EQ(nearest.row, 40);
  EXPECT_NEAR(nearest.distance, 0, 1e-6);
  EXPECT_GT(Neighbours(some).nearest_of_own(3).distance, 0.05);
}

TEST_F(CopiesTest, PicturesNearerToTheTrainingThanItIsToItselfAreNotAuthentic) {
  const auto training_pictures = pictures(60);
  const Neighbours training(training_pictures);
  const auto near = (training_pictures.narrow(0, 0, 20).to(torch::kFloat) * 0.97).to(torch::kByte);
  EXPECT_EQ(count_authentic(training.nearest_of(near), training), 0);
  const auto far = 255 * (torch::rand({20, 3, 64, 64}) > 0.5).to(torch::kByte);
  const auto checkered = far.narrow(2, 0, 2).narrow(3, 0, 2).repeat_interleave(32, 2);
  const auto strange = checkered.repeat_interleave(32, 3);
  EXPECT_EQ(count_authentic(training.nearest_of(strange), training), 20);
}

TEST_F(CopiesTest, WithoutOthersThereIsOneClearLine) {
  EXPECT_THROW(Neighbours(pictures(1)), InputError);
  EXPECT_THROW(copies_in({}, std::vector<Nearest>(19)), InputError);
  EXPECT_THROW(copying_score({}, std::vector<Nearest>(19)), InputError);
}

}  // namespace
}  // namespace imagine::evaluate
