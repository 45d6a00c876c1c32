#include "nn/recompute.h"

#include <gtest/gtest.h>

#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

namespace imagine::nn {
namespace {

struct Gradients {
  Tensor output, input, scale, weight;
};

Gradients gradients(bool recompute) {
  torch::manual_seed(3);
  torch::nn::Linear layer(4, 4);
  const auto x = torch::randn({5, 4}).requires_grad_(), scale = torch::randn({4}).requires_grad_();
  const auto fixed = torch::randn({4});
  const Block block = [&](const std::vector<Tensor>& in) {
    return torch::tanh(layer(in[0])) * in[1] + in[2];
  };
  const auto inner = x * 2;  // not a leaf
  auto y = recompute ? recomputed(block, {inner, scale, fixed}) : block({inner, scale, fixed});
  y = recompute ? recomputed(block, {y, scale, fixed}) : block({y, scale, fixed});
  y.square().sum().backward();
  return {y.detach(), x.grad(), scale.grad(), layer->weight.grad()};
}

TEST(Recomputed, GivesTheSameValuesAndGradients) {
  const auto plain = gradients(false), again = gradients(true);
  EXPECT_TRUE(torch::equal(again.output, plain.output));
  EXPECT_TRUE(torch::allclose(again.input, plain.input, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(again.scale, plain.scale, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(again.weight, plain.weight, 1e-5, 1e-6));
}

TEST(Recomputed, TrainsParametersWhereNoInputIsTrained) {
  torch::nn::Linear layer(2, 2);
  const auto x = torch::ones({1, 2});
  recomputed([&](const std::vector<Tensor>& in) { return layer(in[0]); }, {x}).sum().backward();
  EXPECT_TRUE(torch::equal(layer->weight.grad(), torch::ones({2, 2})));
}

TEST(Recomputed, PassesOverABlockInWhichNothingIsTrained) {
  torch::nn::Linear layer(2, 2);
  const auto x = torch::ones({1, 2});
  const auto y = recomputed([](const std::vector<Tensor>& in) { return in[0] * 3; }, {x});
  layer(y).sum().backward();
  EXPECT_TRUE(torch::equal(layer->weight.grad(), torch::full({2, 2}, 3.0)));
}

TEST(Recomputed, RunsTheBlockAgainInTheBackwardPassAlone) {
  int runs = 0;
  const Block block = [&](const std::vector<Tensor>& in) { return ++runs, in[0].square(); };
  const auto x = torch::ones({2}).requires_grad_();
  const auto y = recomputed(block, {x}).sum();
  EXPECT_EQ(runs, 1);
  y.backward();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(x.grad().sum().item<double>(), 4);
  torch::NoGradGuard no_grad;
  recomputed(block, {x});
  EXPECT_EQ(runs, 3);
}

}  // namespace
}  // namespace imagine::nn
