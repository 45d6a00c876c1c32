#include "nn/embedding.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::nn {
namespace {

TEST(Sinusoids, AreSinesThenCosinesAtGeometricallyFallingRates) {
  const double values[] = {0, 0.003, 0.5, 1};
  const auto result = sinusoids(torch::tensor(at::ArrayRef<double>(values), torch::kDouble),
                                6);  // rates 1, .1, .01
  ASSERT_EQ(result.sizes(), (std::vector<int64_t>{4, 6}));
  for (int64_t row = 0; row < 4; ++row) {
    for (int64_t i = 0; i < 3; ++i) {
      const double angle = 1000 * values[row] * std::pow(10, -double(i));
      EXPECT_NEAR(result[row][i].item<double>(), std::sin(angle), 1e-9) << row << " " << i;
      EXPECT_NEAR(result[row][3 + i].item<double>(), std::cos(angle), 1e-9) << row << " " << i;
    }
  }
}

TEST(Sinusoids, KeepTheTypeAndTellNeighbouringTimesApart) {
  const auto result = sinusoids(torch::tensor({0.5F, 0.501F}), 64);
  EXPECT_EQ(result.scalar_type(), torch::kFloat);
  EXPECT_GT((result[0] - result[1]).abs().max().item<double>(), 0.5);
}

}  // namespace
}  // namespace imagine::nn
