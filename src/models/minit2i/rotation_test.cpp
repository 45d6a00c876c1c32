#include "models/minit2i/rotation.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

TEST(Rotation, TurnsNumbersThatAreHalfAHeadApart) {
  const auto rotation = text_rotation(0, 3, 4);  // rates 1 and 1/100
  const auto x = torch::tensor({1.F, 2.F, 3.F, 4.F}).view({1, 1, 1, 4}).expand({1, 3, 1, 4});
  const auto turned = rotated(x, rotation)[0][2][0];
  EXPECT_NEAR(turned[0].item<double>(), std::cos(2.0) - 3 * std::sin(2.0), 1e-6);
  EXPECT_NEAR(turned[2].item<double>(), 3 * std::cos(2.0) + std::sin(2.0), 1e-6);
  EXPECT_NEAR(turned[1].item<double>(), 2 * std::cos(0.02) - 4 * std::sin(0.02), 1e-6);
  EXPECT_TRUE(torch::equal(rotated(x, no_rotation(3, 4)), x));
}

TEST(Rotation, OfAPictureIsOfRowsThenColumns) {
  const auto rotation = picture_rotation(3, 8);  // rates 1 and 1/100, twice
  const auto sine = rotation.sine[5];            // row 1, column 2
  EXPECT_NEAR(sine[0].item<double>(), std::sin(1.0), 1e-6);
  EXPECT_NEAR(sine[1].item<double>(), std::sin(0.01), 1e-6);
  EXPECT_NEAR(sine[2].item<double>(), std::sin(2.0), 1e-6);
  EXPECT_NEAR(sine[3].item<double>(), std::sin(0.02), 1e-6);
}

}  // namespace
}  // namespace imagine::models
