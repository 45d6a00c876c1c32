#include "nn/lora.h"

#include <gmock/gmock.h>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "imagine/error.h"
#include "nn/frozen.h"

namespace imagine::nn {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using torch::Tensor;

struct NetworkImpl : torch::nn::Module {
  NetworkImpl() {
    register_module("to_q", linear);
    register_module("conv", conv);
  }
  torch::nn::Linear linear{6, 4};
  torch::nn::Conv2d conv{torch::nn::Conv2dOptions(3, 5, 3)};
};
TORCH_MODULE(Network);

class LoraTest : public testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(7); }

  /// Of the network's two layers, with that rank.
  Lora changes(int64_t rank = 2, double scale = 1) const {
    return {
        {"to_q", {.down = torch::randn({rank, 6}), .up = torch::randn({4, rank}), .scale = scale}},
        {"conv",
         {.down = torch::randn({rank, 3, 3, 3}),
          .up = torch::randn({5, rank, 1, 1}),
          .scale = scale}}};
  }

  static Tensor rows(const Tensor& values, const Tensor& weight) {
    return weight.dim() == 2 ? values.view({-1, 1}) : values.view({-1, 1, 1, 1});
  }

  Network network_;
};

TEST_F(LoraTest, TheChangeIsTheScaledProduct) {
  for (const auto& [rank, scale] : {std::pair{1, 1.0}, {2, 0.5}, {3, -4.0}}) {
    const auto lora = changes(rank, scale);
    const auto& linear = lora.at("to_q");
    EXPECT_TRUE(torch::allclose(linear.change(), scale * linear.up.matmul(linear.down)));
    const auto& conv = lora.at("conv");
    const auto x = torch::randn({1, 3, 8, 8});
    const auto twice = scale * torch::conv2d(torch::conv2d(x, conv.down), conv.up);
    EXPECT_TRUE(torch::allclose(torch::conv2d(x, conv.change()), twice, 1e-4, 1e-4));
  }
}

TEST_F(LoraTest, LayersThatCanChangeHaveMatrices) {
  EXPECT_THAT(changeable_layers(*network_), testing::UnorderedElementsAre("to_q", "conv"));
}

TEST_F(LoraTest, MergingAddsTheWeightedChanges) {
  const auto linear = network_->linear->weight.clone(), conv = network_->conv->weight.clone();
  const auto bias = network_->linear->bias.clone();
  const auto first = changes(2, 3), second = changes(4);
  merge(*network_, {{first, 0.25}, {second, 0.5}});
  const auto sum = [&](const char* layer) {
    return 0.25 * first.at(layer).change() + 0.5 * second.at(layer).change();
  };
  EXPECT_TRUE(torch::allclose(network_->linear->weight, linear + sum("to_q"), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(network_->conv->weight, conv + sum("conv"), 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(network_->linear->bias, bias));
  EXPECT_EQ(network_->conv->weight.scalar_type(), torch::kFloat);
}

TEST_F(LoraTest, ABiasIsAddedTimesTheScale) {
  auto lora = changes(2, 3);
  lora["to_q"].bias = torch::randn({4});
  const auto bias = network_->linear->bias.clone();
  merge(*network_, {{lora, 0.5}});
  EXPECT_TRUE(torch::allclose(network_->linear->bias, bias + 1.5 * lora["to_q"].bias));
}

TEST_F(LoraTest, AMagnitudeIsTheLengthOfTheChangedRows) {
  auto lora = changes(2, 3);
  for (auto& [layer, pair] : lora) pair.magnitude = torch::rand({pair.up.size(0)}) + 0.5;
  for (const double weight : {1.0, 0.5, 0.0}) {
    Network network;
    const std::map<std::string, Tensor> before = {{"to_q", network->linear->weight.clone()},
                                                  {"conv", network->conv->weight.clone()}};
    const auto bias = network->linear->bias.clone();
    merge(*network, {{lora, weight}});
    for (const auto& [layer, after] : std::map<std::string, Tensor>{
             {"to_q", network->linear->weight}, {"conv", network->conv->weight}}) {
      const auto& pair = lora.at(layer);
      EXPECT_TRUE(torch::allclose(after.flatten(1).norm(2, 1), pair.magnitude, 1e-4)) << layer;
      const auto sum = before.at(layer) + weight * pair.change();
      const auto lengths = sum.flatten(1).norm(2, 1);
      EXPECT_TRUE(torch::allclose(after, sum * rows(pair.magnitude / lengths, sum), 1e-4, 1e-5));
    }
    EXPECT_TRUE(torch::equal(network->linear->bias, bias));
  }
}

TEST_F(LoraTest, AMagnitudeMeansTheNetworksOwnWeightWhateverCameBefore) {
  const auto own = network_->linear->weight.clone(), bias = network_->linear->bias.clone();
  Lora plain = {{"to_q", changes().at("to_q")}}, dora = {{"to_q", changes().at("to_q")}};
  plain["to_q"].bias = torch::randn({4});
  dora["to_q"].magnitude = torch::rand({4}) + 0.5;
  const auto lengths = (own + dora["to_q"].change()).norm(2, 1);
  const auto factor = (dora["to_q"].magnitude / lengths).view({-1, 1});
  const auto both = own + plain["to_q"].change() + dora["to_q"].change();
  merge(*network_, {{plain}, {dora}});
  EXPECT_TRUE(torch::allclose(network_->linear->weight, factor * both, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(network_->linear->bias, bias + factor.flatten() * plain["to_q"].bias,
                              1e-4, 1e-5));

  Network other;
  const auto before = other->linear->weight.clone();
  const auto there = (before + dora["to_q"].change()).norm(2, 1);
  merge(*other, {{dora}, {plain}});
  const auto multiplied = (dora["to_q"].magnitude / there).view({-1, 1});
  EXPECT_TRUE(torch::allclose(
      other->linear->weight, multiplied * (before + dora["to_q"].change()) + plain["to_q"].change(),
      1e-4, 1e-5));
}

TEST_F(LoraTest, WeightsThatAreBytesBecomeNumbers) {
  struct BytesImpl : torch::nn::Module {
    BytesImpl() { register_module("to_q", linear); }
    FrozenLinear linear{6, 4};
  };
  BytesImpl network;
  const auto weight = torch::randn({4, 6});
  const auto bytes = quantized(weight);
  network.linear->weight.set_data(bytes.values);
  network.linear->weight_scale.set_data(bytes.scale);
  network.linear->bias.set_data(torch::zeros({4}));
  const auto pair = changes().at("to_q");
  merge(network, {{{{"to_q", pair}}}});
  const auto x = torch::randn({3, 6});
  const auto expected = x.matmul((weight + pair.change()).t());
  EXPECT_LT((network.linear(x) - expected).abs().max().item<float>(), 0.1);
}

TEST_F(LoraTest, WhatDoesNotFitIsRefusedAndTheNetworkStays) {
  const auto before = network_->linear->weight.clone();
  const auto fits = changes().at("to_q");
  const auto refuses = [&](const Lora& lora, const char* message) {
    EXPECT_THAT(
        [&] {
          merge(*network_, {{{{"to_q", fits}}}, {lora, 1, "FILE"}});
        },
        ThrowsMessage<FormatError>(HasSubstr(message)));
    EXPECT_TRUE(torch::equal(network_->linear->weight, before));
  };
  refuses({{"to_v", fits}}, "FILE: to_v: the network has no such layer");
  refuses({{"to_q", {.down = torch::randn({2, 7}), .up = fits.up}}},
          "expected the change of a [4, 6] weight, got [4, 7]");
  refuses({{"to_q", {.down = fits.down, .up = fits.up, .scale = INFINITY}}}, "finite weights");
  auto zero = fits;
  zero.magnitude = torch::zeros({4});
  zero.down = torch::zeros({2, 6});
  network_->linear->weight.set_data(torch::zeros({4, 6}));
  EXPECT_THAT(
      [&] {
        merge(*network_, {{{{"to_q", zero}}, 1, "FILE"}});
      },
      ThrowsMessage<FormatError>(HasSubstr("finite weights")));
  struct BareImpl : torch::nn::Module {
    BareImpl() { register_module("to_q", linear); }
    torch::nn::Linear linear{torch::nn::LinearOptions(6, 4).bias(false)};
  };
  BareImpl bare;
  auto biased = fits;
  biased.bias = torch::zeros({4});
  EXPECT_THAT(
      [&] {
        merge(bare, {{{{"to_q", biased}}, 1, "FILE"}});
      },
      ThrowsMessage<FormatError>(HasSubstr("expected no lora_B.bias")));
}

}  // namespace
}  // namespace imagine::nn
