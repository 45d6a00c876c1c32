#include "nn/lora_file.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using torch::Tensor;

using Tensors = std::map<std::string, Tensor>;
using Metadata = std::map<std::string, std::string>;

class LoraFileTest : public testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(7); }

  Lora read(const Tensors& tensors, const Metadata& metadata = {}) const {
    return read_as("lora.safetensors", tensors, metadata);
  }

  Lora read_as(const std::string& name, const Tensors& tensors,
               const Metadata& metadata = {}) const {
    save_tensors(tensors, folder_ / name, metadata);
    return read_lora(io::SafetensorsFile(folder_ / name), target_);
  }

  /// to_q's change of that rank under PEFT's names.
  static Tensors pair(int64_t rank = 2, const std::string& layer = "to_q") {
    return {{layer + ".lora_A.weight", torch::randn({rank, 6})},
            {layer + ".lora_B.weight", torch::randn({4, rank})}};
  }

  void refuses(const Tensors& tensors, const std::string& message,
               const Metadata& metadata = {}) const {
    EXPECT_THAT([&] { read(tensors, metadata); },
                ThrowsMessage<FormatError>(
                    testing::AllOf(HasSubstr("lora.safetensors"), HasSubstr(message))));
  }

  io::TemporaryFolder folder_;
  const LoraTarget target_{.prefix = "unet.", .layers = {"to_q", "mid.to_k"}};
};

TEST_F(LoraFileTest, AFileWithoutAlphaIsAddedAsItIs) {
  for (const int rank : {1, 2, 5}) {
    const auto tensors = pair(rank);
    const auto lora = read(tensors, {{"format", "pt"}});
    ASSERT_EQ(lora.size(), 1u);
    EXPECT_TRUE(torch::equal(lora.at("to_q").down, tensors.at("to_q.lora_A.weight")));
    EXPECT_TRUE(torch::equal(lora.at("to_q").up, tensors.at("to_q.lora_B.weight")));
    EXPECT_EQ(lora.at("to_q").scale, 1);
  }
}

TEST_F(LoraFileTest, AlphaOfAnyTypeOverTheRankIsTheScale) {
  for (const auto type : {torch::kFloat, torch::kHalf, torch::kBFloat16, torch::kLong, torch::kInt,
                          torch::kByte, torch::kChar}) {
    for (const auto& shape : {std::vector<int64_t>{}, {1}, {1, 1}}) {
      auto tensors = pair(4);
      tensors["unet.to_q.alpha"] = torch::full(shape, 6, type);
      EXPECT_EQ(read(tensors).at("to_q").scale, 1.5) << type;
    }
  }
  const Tensors kohya = {{"lora_unet_mid_to_k.lora_down.weight", torch::randn({2, 6})},
                         {"lora_unet_mid_to_k.lora_up.weight", torch::randn({4, 2})},
                         {"lora_unet_mid_to_k.alpha", torch::tensor(1)},
                         {"lora_unet_to_q.lora_down.weight", torch::randn({2, 6})},
                         {"lora_unet_to_q.lora_up.weight", torch::randn({4, 2})}};
  EXPECT_EQ(read(kohya).at("mid.to_k").scale, 0.5);
  EXPECT_EQ(read(kohya).at("to_q").scale, 1) << "each layer has its own alpha";
}

TEST_F(LoraFileTest, TheHeaderMaySayTheScale) {
  auto tensors = pair(4, "unet.to_q");
  tensors.merge(pair(2, "unet.mid.to_k"));
  const auto lora = read(tensors, {{"format", "pt"}, {"lora_adapter_metadata", R"({"unet.r": 4,
      "unet.lora_alpha": 16, "unet.rank_pattern": {"to_k": 2}, "unet.alpha_pattern": {"to_k": 3}})"}});
  EXPECT_EQ(lora.at("to_q").scale, 4);
  EXPECT_EQ(lora.at("mid.to_k").scale, 1.5);
  for (const auto* nothing : {"", "null"}) {
    EXPECT_EQ(read(pair(), {{"lora_adapter_metadata", nothing}}).at("to_q").scale, 1);
  }
}

TEST_F(LoraFileTest, TheConfigBesideAPeftFileSaysTheScale) {
  const auto tensors = pair(4, "base_model.model.to_q");
  EXPECT_THAT([&] { read_as("adapter_model.safetensors", tensors); },
              ThrowsMessage<FormatError>(HasSubstr("expected adapter_config.json beside it")));
  io::write_json(folder_ / "adapter_config.json",
                 {{"r", 4}, {"lora_alpha", 8}, {"use_rslora", true}, {"peft_type", "LORA"}});
  EXPECT_EQ(read_as("adapter_model.safetensors", tensors).at("to_q").scale, 4);
  EXPECT_EQ(read_as("mug.safetensors", tensors).at("to_q").scale, 1) << "another file's config";
  EXPECT_THAT(
      files_of_lora(folder_ / "adapter_model.safetensors"),
      testing::ElementsAre(folder_ / "adapter_model.safetensors", folder_ / "adapter_config.json"));
  EXPECT_THAT(files_of_lora(folder_ / "mug.safetensors"),
              testing::ElementsAre(folder_ / "mug.safetensors"));
  io::fs::remove(folder_ / "adapter_model.safetensors");  // renamed, its config is left
  EXPECT_EQ(read_as("mug.safetensors", tensors).at("to_q").scale, 4);
  EXPECT_EQ(read_as("mug.safetensors", pair(4)).at("to_q").scale, 1) << "no names of PEFT's";
}

TEST_F(LoraFileTest, MetadataThatSaysNothingCountsAsNone) {
  for (const auto* nothing : {"", "{}", "null"}) {
    EXPECT_EQ(read(pair(3), {{"lora_adapter_metadata", nothing}}).at("to_q").scale, 1) << nothing;
  }
}

TEST_F(LoraFileTest, PlacesThatSayDifferentScalesAreRefused) {
  auto tensors = pair(4, "unet.to_q");
  tensors["unet.to_q.alpha"] = torch::tensor(16);
  const auto said = [](const char* alpha) {
    return Metadata{
        {"lora_adapter_metadata", concat(R"({"unet.r": 4, "unet.lora_alpha": )", alpha, "}")}};
  };
  EXPECT_EQ(read(tensors, said("16")).at("to_q").scale, 4);
  refuses(tensors, "to_q: expected one scale, got 2 and 4", said("8"));
}

TEST_F(LoraFileTest, BiasesAndMagnitudesAreRead) {
  auto biased = pair(), decomposed = pair();
  biased["to_q.lora_B.bias"] = torch::randn({4});
  decomposed["to_q.lora_magnitude_vector"] = torch::randn({1, 4, 1, 1});
  EXPECT_TRUE(torch::equal(read(biased).at("to_q").bias, biased["to_q.lora_B.bias"]));
  EXPECT_TRUE(torch::equal(read(decomposed).at("to_q").magnitude,
                           decomposed["to_q.lora_magnitude_vector"].flatten()));
  const auto said = [](const char* field) {
    return Metadata{{"lora_adapter_metadata", concat(R"({"r": 2, ")", field, R"(": true})")}};
  };
  EXPECT_EQ(read(biased, said("lora_bias")).at("to_q").scale, 4);
  EXPECT_EQ(read(decomposed, said("use_dora")).at("to_q").scale, 4);
  refuses(pair(), "expected lora_magnitude_vector where use_dora is true", said("use_dora"));
  refuses(decomposed, "there alone", said("lora_bias"));
  refuses(pair(), "expected lora_B.bias where lora_bias is true", said("lora_bias"));
  biased.merge(decomposed);
  refuses(biased, "expected lora_B.bias or lora_magnitude_vector, got both");
}

TEST_F(LoraFileTest, OneAdapterIsRead) {
  const auto named = [](const char* adapter, const char* layer) {
    return Tensors{{concat(layer, ".lora_A.", adapter, ".weight"), torch::randn({2, 6})},
                   {concat(layer, ".lora_B.", adapter, ".weight"), torch::randn({4, 2})}};
  };
  auto two = named("mug", "to_q");
  EXPECT_EQ(read(two).size(), 1u);
  two.merge(named("cup", "mid.to_k"));
  refuses(two, "expected one adapter, got mug beside cup");
  auto mixed = named("mug", "to_q");
  mixed.merge(pair(2, "mid.to_k"));
  refuses(mixed, "expected one adapter, got");
  auto twice = pair();
  twice.merge(pair(2, "unet.to_q"));
  refuses(twice, "expected one tensor of this kind for to_q, got another");
}

TEST_F(LoraFileTest, WhatMakesNoProductIsRefused) {
  const auto with = [](const std::string& name, const Tensor& tensor) {
    auto tensors = pair();
    tensors[name] = tensor;
    return tensors;
  };
  const auto a = torch::randn({2, 6});
  refuses({}, "expected low-rank changes, got none");
  refuses({{"to_q.lora_A.weight", a}},
          "to_q: expected A [rank, in] and B [out, rank], got [2, 6] and none");
  refuses({{"to_q.alpha", torch::ones({1})}}, "got none and none");
  refuses(with("to_q.lora_B.weight", torch::randn({4, 3})), "[2, 6] and [4, 3]");
  refuses(with("to_q.lora_B.weight", torch::randn({4, 2, 1, 1})), "[2, 6] and [4, 2, 1, 1]");
  refuses(
      {{"to_q.lora_A.weight", torch::randn({0, 6})}, {"to_q.lora_B.weight", torch::randn({4, 0})}},
      "[0, 6] and [4, 0]");
  refuses(with("to_q.lora_A.weight", torch::ones({2, 6}, torch::kByte)), "floating-point");
  refuses(with("to_q.lora_A.weight", a * NAN), "lora_A.weight: expected finite numbers");
  refuses(with("to_q.lora_B.weight", torch::full({4, 2}, INFINITY)), "expected finite numbers");
  refuses(with("to_q.alpha", torch::ones({2})), "expected one number as alpha, got 2");
  refuses(with("to_q.alpha", torch::ones({0})), "expected one number as alpha, got 0");
  refuses(with("to_q.alpha", torch::tensor(NAN)), "alpha: expected finite numbers");
  refuses(with("to_q.alpha", torch::tensor(-INFINITY)), "alpha: expected finite numbers");
  refuses(with("to_q.alpha", torch::tensor(true)), "floating-point");
  refuses(with("to_q.lora_B.bias", torch::randn({3})), "expected 4 numbers of a bias");
  refuses(with("to_q.lora_magnitude_vector", torch::randn({5})), "expected 4 numbers of a bias");
  refuses(with("to_q.weight", a), "to_q.weight: expected a low-rank change");
  refuses(pair(), "lora_adapter_metadata: expected JSON", {{"lora_adapter_metadata", "no"}});
}

}  // namespace
}  // namespace imagine::nn
