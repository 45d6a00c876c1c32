#include "models/minit2i/packed_blocks.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "nn/every_target.h"

namespace imagine::models {
namespace {

/// Heads of 12, rows of 44 and gates of 120 numbers, which no vector register divides.
MmJitConfig tiny() {
  return {.image_size = 40,
          .patch_size = 8,
          .hidden_size = 44,
          .txt_hidden_size = 44,
          .num_heads = 3,
          .head_dim = 12,
          .prompt_length = 7};
}

DoubleBlock filled() {
  torch::manual_seed(4);
  DoubleBlock block(tiny());
  for (auto& item : block->named_parameters()) {
    const auto shape = item.value().sizes();
    const bool is_gain = item.key().find("norm") != std::string::npos;
    item.value().set_data(is_gain ? 1 + 0.2 * torch::randn(shape) : torch::randn(shape) * 0.2);
  }
  return block;
}

class PackedDoubleBlockTest : public testing::TestWithParam<bool> {
 protected:
  /// How far the packed block's tokens are from the block's, over how far those moved.
  double error(const nn::Arithmetic& arithmetic, const Tensor& bias = {}) {
    torch::manual_seed(7);
    const bool last = GetParam();
    const DoubleBlockImpl::Tokens given{.text = torch::randn({2, 7, 44}),
                                        .picture = torch::randn({2, 25, 44})};
    auto context = context_;
    context.bias = bias;
    auto block = filled();
    const auto wanted = block->forward(given, context, torch::kFloat, last);
    const PackedDoubleBlock packed(*block, arithmetic);
    const DoubleBlockImpl::Tokens made{.text = given.text.clone(),
                                       .picture = given.picture.clone()};
    packed.forward(made, context, last);
    const auto far = [](const Tensor& one, const Tensor& other) {
      return (one - other).square().sum().item<double>();
    };
    double off = far(made.picture, wanted.picture), moved = far(given.picture, wanted.picture);
    if (!last) off += far(made.text, wanted.text), moved += far(given.text, wanted.text);
    return std::sqrt(off / moved);
  }

  const torch::NoGradGuard no_grad_;
  const DoubleBlockImpl::Context context_{.text = text_rotation(0, 7, 12),
                                          .picture = picture_rotation(5, 12)};
};

TEST_P(PackedDoubleBlockTest, IsTheBlock) {
  nn::with_every_target([&] {
    EXPECT_LT(error({torch::kFloat}), 1e-6);
    EXPECT_LT(error({torch::kBFloat16}), 0.01);
  });
}

TEST_P(PackedDoubleBlockTest, InBytesIsNearIt) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  nn::with_every_target([&] {
    EXPECT_LT(error({torch::kFloat, /*bytes=*/true}), 0.03);
    EXPECT_LT(error({torch::kBFloat16, /*bytes=*/true}), 0.03);
  });
}

TEST_P(PackedDoubleBlockTest, SeesWhatTheBlockSees) {
  torch::manual_seed(8);
  const auto hidden = (torch::rand({1, 1, 32, 32}) < 0.3).logical_and(torch::eye(32) == 0);
  const auto bias = torch::randn({1, 1, 32, 32}).masked_fill(hidden, -INFINITY);
  EXPECT_LT(error({torch::kFloat}, bias), 1e-6);
  EXPECT_LT(error({torch::kBFloat16}, bias), 0.01);
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks bytes";
  nn::with_every_target([&] {
    EXPECT_LT(error({torch::kFloat, /*bytes=*/true}, bias), 0.03);
    EXPECT_LT(error({torch::kBFloat16, /*bytes=*/true}, bias), 0.03);
  });
}

INSTANTIATE_TEST_SUITE_P(Kinds, PackedDoubleBlockTest, testing::Bool());

}  // namespace
}  // namespace imagine::models
