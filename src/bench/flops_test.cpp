#include "bench/flops.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "nn/frozen.h"

namespace imagine::bench {
namespace {

TEST(CountFlops, OfProducts) {
  const auto a = torch::randn({3, 4}), b = torch::randn({4, 5});
  EXPECT_EQ(count_flops([&] { torch::mm(a, b); }), 2 * 3 * 4 * 5);
  EXPECT_EQ(count_flops([&] {
              torch::linear(torch::randn({2, 7, 4}), torch::randn({6, 4}));
            }),
            2 * 2 * 7 * 4 * 6);
  EXPECT_EQ(count_flops([&] {
              torch::bmm(torch::randn({8, 3, 4}), torch::randn({8, 4, 5}));
            }),
            8 * 2 * 3 * 4 * 5);
  EXPECT_EQ(count_flops([&] { torch::gelu(a) + torch::relu(a); }), 0);
}

TEST(CountFlops, OfConvolutionsPackedOrNot) {
  torch::NoGradGuard no_grad;
  nn::FrozenConv2d layer(16, 24, 3);
  layer->weight.set_data(torch::randn({24, 16, 3, 3}));
  layer->bias.set_data(torch::randn({24}));
  const auto x = torch::randn({16, 16, 10, 12}), other = torch::randn({16, 24, 10, 12});
  const double expected = 2.0 * 16 * 10 * 12 * 24 * 16 * 9;
  EXPECT_EQ(count_flops([&] { layer(x); }), expected);
  nn::pack(*layer);
  EXPECT_EQ(count_flops([&] { layer(x); }), expected);
  EXPECT_EQ(count_flops([&] { layer->forward_plus(x, other); }), expected);
}

TEST(CountFlops, OfTheBackwardPass) {
  auto weight = torch::randn({24, 16, 3, 3}).requires_grad_();
  auto x = torch::randn({16, 16, 10, 12}).requires_grad_();
  const double forward = 2.0 * 16 * 10 * 12 * 24 * 16 * 9;
  EXPECT_EQ(count_flops([&] { torch::conv2d(x, weight, {}, 1, 1).sum().backward(); }), 3 * forward);
}

TEST(CountFlops, OfAttentionAndItsBackwardPass) {
  const auto query = torch::randn({2, 3, 7, 8}).requires_grad_(), key = torch::randn({2, 3, 5, 8});
  const double product = 2.0 * 2 * 3 * 7 * 5 * 8;
  const auto attend = [&] { return at::scaled_dot_product_attention(query, key, key); };
  EXPECT_EQ(count_flops([&] {
              torch::NoGradGuard no_grad;
              attend();
            }),
            2 * product);
  EXPECT_EQ(count_flops([&] { attend().sum().backward(); }), 7 * product);
}

}  // namespace
}  // namespace imagine::bench
