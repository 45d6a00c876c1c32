#include "train/parameters.h"

#include <gmock/gmock.h>
#include <map>

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

namespace imagine::train {
namespace {

using torch::nn::Linear;

torch::nn::Sequential two_layers() { return torch::nn::Sequential(Linear(3, 2), Linear(2, 4)); }

TEST(FlatParameters, PutMatricesFirstEachInASlotOfItsName) {
  auto network = two_layers();
  std::map<std::string, Tensor> before;
  for (const auto& named : network->named_parameters()) before[named.key()] = named.value().clone();
  FlatParameters flat(*network, torch::kFloat);

  std::vector<std::string> names;
  int64_t end = 0;
  for (const auto& slot : flat.slots()) {
    names.push_back(slot.name);
    EXPECT_EQ(slot.offset, end);
    end += slot.count;
    EXPECT_TRUE(torch::equal(view_of(flat.master(), slot), before.at(slot.name))) << slot.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("0.weight", "1.weight", "0.bias", "1.bias"));
  EXPECT_EQ(flat.matrices_end(), 3 * 2 + 2 * 4);
  EXPECT_EQ(flat.count(), 3 * 2 + 2 * 4 + 2 + 4);
  EXPECT_EQ(end, flat.count());
}

TEST(FlatParameters, TheNetworkSeesTheMastersOncePublished) {
  Linear layer(2, 2);
  FlatParameters flat(*layer, torch::kFloat);
  const auto before = layer->weight.clone();
  flat.master().copy_(torch::arange(6));
  EXPECT_TRUE(torch::equal(layer->weight, before));
  flat.publish();
  EXPECT_TRUE(torch::equal(layer->weight, torch::tensor({{0.F, 1.F}, {2.F, 3.F}})));
  EXPECT_TRUE(torch::equal(layer->bias, torch::tensor({4.F, 5.F})));
}

TEST(FlatParameters, PublishOtherWeightsAndKeepTheMasters) {
  Linear layer(2, 2);
  FlatParameters flat(*layer, torch::kFloat);
  const auto masters = flat.master().clone(), weights = layer->weight.clone();
  flat.publish(torch::full({6}, 0.5));
  EXPECT_TRUE(torch::equal(layer->weight, torch::full({2, 2}, 0.5)));
  EXPECT_TRUE(torch::equal(flat.master(), masters));
  flat.publish();
  EXPECT_TRUE(torch::equal(layer->weight, weights));
}

TEST(FlatParameters, ComputeInAnotherTypeButKeepFullMasters) {
  Linear layer(3, 2);
  const auto exact = layer->weight.clone();
  FlatParameters flat(*layer, torch::kBFloat16);
  EXPECT_EQ(flat.compute_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::equal(layer->weight, exact.to(torch::kBFloat16)));
  EXPECT_TRUE(torch::equal(view_of(flat.master(), flat.slots()[0]), exact));
  layer(torch::ones({1, 3}, torch::kBFloat16)).sum().backward();
  flat.collect_gradient();
  EXPECT_TRUE(torch::equal(flat.gradient(), torch::ones({8})));
}

TEST(FlatParameters, SumTheGradientsOfSeveralPasses) {
  Linear layer(2, 1);
  FlatParameters flat(*layer, torch::kFloat);
  const auto pass = [&](const Tensor& x) {
    layer(x).sum().backward();
    flat.collect_gradient();
  };
  pass(torch::tensor({{1.F, 2.F}}));
  pass(torch::tensor({{10.F, 20.F}, {100.F, 200.F}}));
  EXPECT_TRUE(torch::equal(flat.gradient(), torch::tensor({111.F, 222.F, 3.F})));
  flat.collect_gradient();
  EXPECT_TRUE(torch::equal(flat.gradient(), torch::tensor({111.F, 222.F, 3.F})));
}

TEST(FlatParameters, ReplicasShareTheWeightsAndKeepTheirGradientsApart) {
  for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
    Linear layer(2, 1), other(2, 1);
    FlatParameters flat(*layer, dtype);
    flat.add_replica(*other);
    EXPECT_TRUE(torch::equal(layer->weight, other->weight));
    layer(torch::tensor({{1.F, 2.F}}).to(dtype)).sum().backward();
    flat.collect_gradient(0);
    other(torch::tensor({{10.F, 20.F}}).to(dtype)).sum().backward();
    flat.collect_gradient(1);
    EXPECT_TRUE(torch::equal(flat.gradient(), torch::tensor({1.F, 2.F, 1.F})));
    flat.join_gradients();
    EXPECT_TRUE(torch::equal(flat.gradient(), torch::tensor({11.F, 22.F, 2.F})));
    flat.join_gradients();
    EXPECT_TRUE(torch::equal(flat.gradient(), torch::tensor({11.F, 22.F, 2.F})));
  }
}

}  // namespace
}  // namespace imagine::train
