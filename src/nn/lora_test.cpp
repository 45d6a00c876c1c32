#include "nn/lora.h"

#include <gmock/gmock.h>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"
#include "nn/frozen.h"
#include "nn/tensor_file.h"

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

  Lora read(const std::map<std::string, Tensor>& tensors, const std::string& prefix = "unet.") {
    save_tensors(tensors, file_);
    return read_lora(io::SafetensorsFile(file_), prefix);
  }

  io::TemporaryFolder folder_;
  io::fs::path file_ = folder_.path() / "lora.safetensors";
  Tensor down_ = torch::randn({2, 6}), up_ = torch::randn({4, 2});
};

TEST_F(LoraTest, TheChangeIsTheProduct) {
  const LowRank linear{.down = down_, .up = up_, .scale = 0.5};
  EXPECT_TRUE(torch::allclose(linear.change(), 0.5 * up_.matmul(down_)));
  const LowRank conv{.down = torch::randn({2, 3, 3, 3}), .up = torch::randn({5, 2, 1, 1})};
  const auto x = torch::randn({1, 3, 8, 8});
  const auto twice = torch::conv2d(torch::conv2d(x, conv.down), conv.up);
  EXPECT_TRUE(torch::allclose(torch::conv2d(x, conv.change()), twice, 1e-4, 1e-5));
}

TEST_F(LoraTest, AllNamesThatDiffusersWritesAreOneLayer) {
  using Names = std::array<const char*, 2>;
  for (const auto& [a, b] :
       {Names{"unet.mid.to_q.lora_A.weight", "unet.mid.to_q.lora_B.weight"},
        Names{"unet.mid.to_q.lora.down.weight", "unet.mid.to_q.lora.up.weight"},
        Names{"unet.mid.processor.to_q_lora.down.weight", "unet.mid.processor.to_q_lora.up.weight"},
        Names{"mid.to_q_lora.down.weight", "mid.to_q_lora.up.weight"}}) {
    const auto lora = read({{a, down_}, {b, up_}});
    ASSERT_EQ(lora.size(), 1u) << a;
    EXPECT_EQ(lora.begin()->first, "mid.to_q");
    EXPECT_TRUE(torch::equal(lora.begin()->second.down, down_));
    EXPECT_EQ(lora.begin()->second.scale, 1);
  }
  const auto out = read({{"a.to_out_lora.down.weight", down_}, {"a.to_out_lora.up.weight", up_}});
  EXPECT_EQ(out.begin()->first, "a.to_out.0");
}

TEST_F(LoraTest, AlphaOverTheRankIsTheScale) {
  const auto lora = read({{"to_q.lora_A.weight", down_},
                          {"to_q.lora_B.weight", up_},
                          {"to_q.alpha", torch::tensor(8.0f)}});
  EXPECT_EQ(lora.at("to_q").scale, 4);
}

TEST_F(LoraTest, MergingAddsTheWeightedChange) {
  Network network;
  const auto before = network->linear->weight.clone(), conv = network->conv->weight.clone();
  const Lora lora = {
      {"to_q", {.down = down_, .up = up_}},
      {"conv", {.down = torch::randn({1, 3, 3, 3}), .up = torch::randn({5, 1, 1, 1})}}};
  merge(*network, lora, 0.25, "here");
  merge(*network, lora, 0.5, "here");
  EXPECT_TRUE(torch::allclose(network->linear->weight, before + 0.75 * up_.matmul(down_)));
  EXPECT_TRUE(
      torch::allclose(network->conv->weight, conv + 0.75 * lora.at("conv").change(), 1e-4, 1e-6));
  EXPECT_EQ(network->conv->weight.scalar_type(), torch::kFloat);
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
  merge(network, {{"to_q", {.down = down_, .up = up_}}}, 1, "here");
  const auto x = torch::randn({3, 6});
  const auto expected = x.matmul((weight + up_.matmul(down_)).t());
  EXPECT_LT((network.linear(x) - expected).abs().max().item<float>(), 0.1);
}

TEST_F(LoraTest, WhatDoesNotFitIsRefused) {
  const auto refuses = [&](const std::map<std::string, Tensor>& tensors, const char* message) {
    EXPECT_THAT([&] { read(tensors); }, ThrowsMessage<FormatError>(HasSubstr(message)));
  };
  refuses({{"to_q.weight", down_}}, "to_q.weight: expected a low-rank change");
  refuses({{"to_q.lora_A.weight", down_}}, "to_q: expected A [rank, in] and B [out, rank], got");
  refuses({{"to_q.lora_A.weight", down_}, {"to_q.lora_B.weight", torch::randn({4, 3})}},
          "[2, 6] and [4, 3]");
  refuses({{"to_q.lora_A.weight", torch::ones({2, 6}, torch::kByte)}}, "floating-point");
  refuses({{"to_q.lora_A.weight", down_},
           {"to_q.lora_B.weight", up_},
           {"to_q.alpha", torch::ones({2})}},
          "expected one number");
  Network network;
  const auto before = network->linear->weight.clone();
  const LowRank fits{.down = down_, .up = up_}, wide{.down = torch::randn({2, 7}), .up = up_};
  EXPECT_THAT(
      [&] {
        merge(*network, {{"to_q", fits}, {"to_v", fits}}, 1, "FILE");
      },
      ThrowsMessage<FormatError>(HasSubstr("FILE: to_v: the network has no such layer")));
  EXPECT_THAT(
      [&] {
        merge(*network, {{"to_q", wide}}, 1, "FILE");
      },
      ThrowsMessage<FormatError>(HasSubstr("expected the change of a [4, 6] weight")));
  EXPECT_TRUE(torch::equal(network->linear->weight, before));
}

}  // namespace
}  // namespace imagine::nn
