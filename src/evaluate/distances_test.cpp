#include "evaluate/distances.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::evaluate {
namespace {

class DistancesTest : public testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(3); }

  /// [n, d] standard normal, then moved to have exactly the mean 0.
  static Tensor centred(int64_t n, int64_t d) {
    const auto x = torch::randn({n, d}, torch::kDouble);
    return x - x.mean(0);
  }
};

TEST_F(DistancesTest, FrechetOfAShiftIsItsSquare) {
  const auto x = centred(50, 4);
  EXPECT_NEAR(frechet_distance(x, x), 0, 1e-9);
  EXPECT_NEAR(frechet_distance(x, x + 3), 4 * 9, 1e-6);
}

TEST_F(DistancesTest, FrechetOfAStretchComparesDeviations) {
  const auto x = centred(80, 3);
  const double spread = x.square().sum().item<double>() / 79;  // trace of the covariance
  EXPECT_NEAR(frechet_distance(x, 3 * x), 4 * spread, 1e-6);
}

TEST_F(DistancesTest, KernelDistanceIsTheDefinition) {
  const auto x = torch::randn({5, 3}, torch::kDouble), y = torch::randn({4, 3}, torch::kDouble);
  const auto kernel = [](const Tensor& a, const Tensor& b) {
    return std::pow(a.dot(b).item<double>() / 3 + 1, 3);
  };
  double xx = 0, yy = 0, xy = 0;
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) xx += i == j ? 0 : kernel(x[i], x[j]) / 20;
    for (int j = 0; j < 4; ++j) xy += kernel(x[i], y[j]) / 20;
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) yy += i == j ? 0 : kernel(y[i], y[j]) / 12;
  }
  EXPECT_NEAR(kernel_distance(x, y), xx + yy - 2 * xy, 1e-9);
}

TEST_F(DistancesTest, KernelDistanceIsAroundNothingForOneKindOfPictures) {
  const auto same = kernel_distance(torch::randn({400, 8}), torch::randn({400, 8}));
  EXPECT_NEAR(same, 0, 0.02);
  EXPECT_GT(kernel_distance(torch::randn({400, 8}), torch::randn({400, 8}) + 1), 0.3);
}

TEST_F(DistancesTest, WhatIsTheSameCoversAllAndWhatIsFarNothing) {
  const auto x = torch::randn({40, 3});
  const auto same = cover_of(x, x), far = cover_of(x, x + 100);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.recall, 1);
  EXPECT_EQ(same.coverage, 1);
  EXPECT_NEAR(same.density, 1, 0.4);  // each ball holds its own row and k others
  EXPECT_EQ(far.precision + far.recall + far.density + far.coverage, 0);
}

TEST_F(DistancesTest, OnePictureOverAndOverIsPreciseAndCoversLittle) {
  const auto real = torch::randn({60, 2});
  const auto cover = cover_of(real, real[0].expand({60, 2}) + 1e-6 * torch::randn({60, 2}));
  EXPECT_EQ(cover.precision, 1);
  EXPECT_LT(cover.recall, 0.1);
  EXPECT_LT(cover.coverage, 0.3);
}

TEST_F(DistancesTest, TooFewPicturesAreRefused) {
  EXPECT_THROW(frechet_distance(torch::zeros({1, 2}), torch::zeros({9, 2})), InputError);
  EXPECT_THROW(cover_of(torch::zeros({5, 2}), torch::zeros({9, 2})), InputError);
}

TEST_F(DistancesTest, TheLayoutIsOfMeanColours) {
  auto picture = torch::zeros({1, 3, 16, 16});
  picture.narrow(2, 0, 2).narrow(3, 0, 2) = torch::tensor({1.0, 0.0, 1.0, 0.0}).view({2, 2});
  EXPECT_NEAR(colour_layout(picture)[0][0].item<double>(), 0.5, 1e-6);
  EXPECT_EQ(colour_layout(picture).sizes(), (std::vector<int64_t>{1, 192}));
}

}  // namespace
}  // namespace imagine::evaluate
