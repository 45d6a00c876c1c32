#include "nn/residual_block.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::nn {
namespace {

constexpr int64_t kWidth = 4, kCondition = 3;

Tensor parameter(ResidualBlock& block, const std::string& name) {
  return block->named_parameters()[name];
}

/// Its second convolution passes every channel through unchanged.
ResidualBlock transparent_block() {
  torch::manual_seed(2);
  ResidualBlock block(kWidth, kCondition);
  torch::NoGradGuard no_grad;
  parameter(block, "conv2.weight").select(3, 1).select(2, 1).copy_(torch::eye(kWidth));
  return block;
}

TEST(ResidualBlock, ANewOneIsTheIdentity) {
  torch::manual_seed(1);
  ResidualBlock block(kWidth, kCondition);
  const auto x = torch::randn({2, kWidth, 5, 7});
  EXPECT_TRUE(torch::equal(block(x, torch::randn({2, kCondition})), x));
}

TEST(ResidualBlock, TheConditionShiftsAndScalesEachChannel) {
  auto block = transparent_block();
  const auto shift = torch::linspace(-1, 1, kWidth);
  {
    torch::NoGradGuard no_grad;
    parameter(block, "cond.weight").zero_();
    parameter(block, "cond.bias").copy_(torch::cat({-torch::ones(kWidth), shift}));
  }
  const auto x = torch::randn({2, kWidth, 5, 5});
  // 1 + scale is 0: nothing but the shift is left between the halves.
  const auto expected = x + torch::silu(shift).view({1, kWidth, 1, 1});
  EXPECT_TRUE(torch::allclose(block(x, torch::randn({2, kCondition})), expected, 1e-5, 1e-6));
}

TEST(ResidualBlock, EveryPictureHasAConditionOfItsOwn) {
  auto block = transparent_block();
  const auto x = torch::randn({1, kWidth, 6, 6}).expand({2, -1, -1, -1});
  const auto condition = torch::randn({2, kCondition});
  const auto both = block(x, condition);
  EXPECT_FALSE(torch::allclose(both[0], both[1], 1e-2, 1e-2));
  const auto second = block(x.narrow(0, 1, 1), condition.narrow(0, 1, 1));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 1, 1), second, 1e-4, 1e-5));
}

TEST(Conv, KeepsTheSize) {
  const auto x = torch::randn({1, 2, 5, 7});
  for (const int64_t kernel : {1, 3}) {
    EXPECT_EQ(conv(2, 6, kernel)(x).sizes(), (std::vector<int64_t>{1, 6, 5, 7})) << kernel;
  }
}

TEST(GroupNorm, HasEightGroupsOrAsManyAsDivideTheChannels) {
  EXPECT_EQ(group_norm(64)->options.num_groups(), 8);
  EXPECT_EQ(group_norm(12)->options.num_groups(), 4);
  EXPECT_EQ(group_norm(7)->options.num_groups(), 1);
  EXPECT_EQ(group_norm(12)->options.num_channels(), 12);
}

}  // namespace
}  // namespace imagine::nn
