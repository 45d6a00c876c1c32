#include "nn/group_norm.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "nn/every_target.h"
#include "nn/same_gradients.h"
#include "tensor/cores.h"

namespace imagine::nn {
namespace {

struct Shape {
  int64_t pictures, channels, height, width, groups;
};

/// The last two take several tasks a picture.
constexpr Shape kShapes[] = {
    {1, 1, 3, 4, 1}, {2, 6, 3, 5, 3}, {3, 64, 8, 8, 8}, {2, 36, 41, 39, 4}, {1, 40, 32, 64, 8}};

Tensor plain(const std::vector<Tensor>& in, int64_t groups, Activation activation) {
  const auto wide = [](const Tensor& x) { return x.unsqueeze(2).unsqueeze(3); };
  const auto z = torch::group_norm(in[0], groups, {}, {}, 1e-5) * wide(in[1]) + wide(in[2]);
  if (activation == Activation::silu) return torch::silu(z);
  return activation == Activation::gelu ? torch::gelu(z) : z;
}

class GroupNormTest : public testing::TestWithParam<Activation> {
 protected:
  static void expect_agreement(const Shape& shape, int64_t gains, torch::Dtype dtype,
                               double bound) {
    torch::manual_seed(1);
    const auto& [pictures, channels, height, width, groups] = shape;
    const GroupNormOptions options{.groups = groups, .activation = GetParam()};
    expect_same([&](const auto& in) { return modulated_group_norm(in[0], in[1], in[2], options); },
                [&](const auto& in) { return plain(in, options.groups, options.activation); },
                {torch::randn({pictures, channels, height, width}) + 2,
                 torch::randn({gains, channels}), torch::randn({gains, channels})},
                dtype, bound);
  }
};

TEST_P(GroupNormTest, AgreesWithTheOperationsItJoins) {
  with_every_target([&] {
    for (const auto& shape : kShapes) {
      for (const auto gains : {int64_t{1}, shape.pictures}) {
        expect_agreement(shape, gains, torch::kFloat, 5e-5);
        expect_agreement(shape, gains, torch::kBFloat16, 0.03);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Every, GroupNormTest,
                         testing::Values(Activation::none, Activation::silu, Activation::gelu));

TEST(GroupNorm, DoesNotDependOnTheThreads) {
  torch::manual_seed(1);
  const auto x = torch::randn({1, 16, 64, 64});
  const auto gain = torch::randn({1, 16}), offset = torch::randn({1, 16});
  const auto compute = [&] { return modulated_group_norm(x, gain, offset, {.groups = 4}); };
  const auto threads = torch::get_num_threads();
  tensor::use_cores(1);
  const auto one = compute();
  tensor::use_cores(3);
  const auto three = compute();
  tensor::use_cores(threads);
  EXPECT_TRUE(torch::equal(one, three));
}

TEST(GroupNorm, LosesLittleWhereTheMeanIsLarge) {
  torch::manual_seed(1);
  const auto x = torch::randn({1, 8, 64, 64}) + 30;
  const auto ones = torch::ones({1, 8}), zeros = torch::zeros({1, 8});
  const auto expected = torch::group_norm(x.to(torch::kDouble), 2).to(torch::kFloat);
  const auto got = modulated_group_norm(x, ones, zeros, {.groups = 2});
  EXPECT_LT((got - expected).abs().max().item<float>(), 1e-3);
}

}  // namespace
}  // namespace imagine::nn
