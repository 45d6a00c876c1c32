#include "diffusion/flow.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::diffusion {
namespace {

Tensor pictures(double value, int64_t count) { return torch::full({count, 3, 2, 2}, value); }

TEST(Mix, GoesStraightFromNoiseToPictureByEachOnesTime) {
  const auto noisy = mix(pictures(4, 3), pictures(-2, 3), torch::tensor({0.F, 0.5F, 1.F}));
  EXPECT_TRUE(torch::equal(noisy[0], pictures(-2, 1)[0]));
  EXPECT_TRUE(torch::equal(noisy[1], pictures(1, 1)[0]));
  EXPECT_TRUE(torch::equal(noisy[2], pictures(4, 1)[0]));
}

TEST(FlowLevel, IsTheLevelThatMixMakes) {
  const auto level = flow_level(0.25);
  const auto noisy = mix(pictures(4, 1), pictures(-2, 1), torch::tensor({0.25F}));
  EXPECT_TRUE(torch::allclose(noisy, pictures(level.alpha * 4 + level.sigma * -2, 1)));
}

TEST(VelocityLoss, OfAPerfectPredictionIsZero) {
  const auto clean = torch::linspace(-1, 1, 24).view({2, 3, 2, 2});
  EXPECT_TRUE(
      torch::equal(velocity_loss(clean, clean, torch::tensor({0.1F, 1.F})), torch::zeros({2})));
}

TEST(VelocityLoss, IsTheDistanceOfTheVelocitiesForEachPicture) {
  const auto t = torch::tensor({0.F, 0.5F, 0.9F}), wide = t.view({-1, 1, 1, 1});
  torch::manual_seed(1);
  const auto clean = torch::randn({3, 3, 4, 4}), predicted = torch::randn({3, 3, 4, 4});
  const auto noisy = mix(clean, torch::randn({3, 3, 4, 4}), t);
  const auto velocity = [&](const Tensor& x) { return (x - noisy) / (1 - wide); };
  const auto expected = (velocity(predicted) - velocity(clean)).square().mean({1, 2, 3});
  EXPECT_TRUE(torch::allclose(velocity_loss(predicted, clean, t), expected, 1e-4, 1e-4));
}

TEST(VelocityLoss, StopsGrowingNearTheCleanEnd) {
  const auto loss =
      velocity_loss(pictures(0.1, 3), pictures(0, 3), torch::tensor({0.95F, 0.99F, 1.F}));
  EXPECT_TRUE(torch::allclose(loss, torch::full({3}, 0.01 / (0.05 * 0.05)), 1e-4));
}

TEST(LogitNormalTimes, LieOneInEachSliceOfTheDistribution) {
  constexpr int64_t kCount = 50;
  auto generator = at::detail::createCPUGenerator(4);
  const auto t = logit_normal_times(kCount, 0.4, 0.8, generator).to(torch::kDouble);
  const auto quantile = torch::special_ndtr((torch::logit(t) - 0.4) / 0.8);
  const auto slices = (quantile * double(kCount)).floor().to(torch::kLong);
  EXPECT_TRUE(torch::equal(slices, torch::arange(kCount)));
}

TEST(LogitNormalTimes, FollowFromTheGenerator) {
  const auto draw = [](std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return logit_normal_times(8, 0, 1, generator);
  };
  EXPECT_TRUE(torch::equal(draw(1), draw(1)));
  EXPECT_FALSE(torch::equal(draw(1), draw(2)));
}

}  // namespace
}  // namespace imagine::diffusion
