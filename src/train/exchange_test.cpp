#include "train/exchange.h"

#include <gtest/gtest.h>

#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "tensor/cores.h"

namespace imagine::train {
namespace {

using torch::nn::Linear;

Tensor loss(Linear& layer, double input) {
  return layer(torch::full({1, 3}, input)).square().sum();
}

/// Of two replicas that each learn from two inputs at the same time.
Tensor gradient_of_four(torch::Dtype dtype) {
  torch::manual_seed(3);
  Linear first(3, 4), second(3, 4);
  FlatParameters parameters(*first, dtype);
  parameters.add_replica(*second);
  Exchange exchange(Ranks::all(), parameters, shares_of(parameters, 1));
  tensor::Cores cores;
  for (int update = 0; update < 2; ++update) {
    parameters.gradient().zero_();
    exchange.begin(4);
    cores.run(2, 1, [&](int64_t worker) {
      auto& layer = worker == 0 ? first : second;
      for (const double input : {1.0, 2.0}) {
        layer(torch::full({1, 3}, input + double(worker), dtype)).square().sum().backward();
        parameters.collect_gradient(std::size_t(worker));
      }
    });
    exchange.finish();
  }
  return parameters.gradient().clone();
}

TEST(Exchange, JoinsWhatAllReplicasHaveAddedInEachUpdate) {
  torch::manual_seed(3);
  Linear layer(3, 4);
  FlatParameters parameters(*layer, torch::kFloat);
  for (const double input : {1.0, 2.0, 2.0, 3.0}) loss(layer, input).backward();
  EXPECT_TRUE(torch::allclose(gradient_of_four(torch::kFloat), parameters.gradient(), 1e-5));
  EXPECT_TRUE(torch::allclose(gradient_of_four(torch::kBFloat16), parameters.gradient(), 0.03));
}

TEST(Exchange, DoesNotWaitForAParameterThatNoPassReached) {
  Linear used(3, 4), unused(2, 2);
  struct Both : torch::nn::Module {
    Both(const Linear& a, const Linear& b) { register_module("a", a), register_module("b", b); }
  } network(used, unused);
  FlatParameters parameters(network, torch::kFloat);
  Exchange exchange(Ranks::all(), parameters, shares_of(parameters, 1));
  exchange.begin(1);
  loss(used, 1).backward();
  exchange.finish();
  EXPECT_GT(parameters.gradient().norm().item<double>(), 0);
}

}  // namespace
}  // namespace imagine::train
