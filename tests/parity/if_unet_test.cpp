/// The U-Nets of DeepFloyd IF against diffusers, and their tensors against the published models'.
#include "models/deepfloyd_if/if_unet.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "io/json_file.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";

class IfUnetParity : public testing::Test {
 protected:
  models::IfUnet loaded(const std::string& stage) const {
    const auto folder = kFolder / stage / "unet";
    const auto path = folder / "config.json";
    models::IfUnet network(models::if_unet_config_of(io::read_python_json(path), path.string()));
    nn::load_weights(*network, io::WeightFiles::find(folder, "diffusion_pytorch_model"),
                     {.dtype = std::nullopt, .mapped = true});
    return network;
  }

  Tensor of(const std::string& name) const { return nn::tensor_of(expected_, name); }

  /// `rows` of the states that the fixture's U-Nets were given.
  Tensor states(int64_t rows) const { return of("t5.last_hidden_state").narrow(0, 0, rows); }

  void expect_equal(const Tensor& result, const Tensor& wanted) const {
    ASSERT_EQ(result.sizes(), wanted.sizes());
    const double scale = wanted.abs().max().item<double>();
    EXPECT_LE((result - wanted).abs().max().item<double>(), 1e-4 * scale);
  }

  io::SafetensorsFile expected_{kFolder / "expected.safetensors"};
};

TEST_F(IfUnetParity, StageOneIsDiffusers) {
  const torch::NoGradGuard no_grad;
  auto network = loaded("stage1");
  const models::IfConditioning conditioning{.time = of("unet1.timestep").to(torch::kFloat), .noise_level = {}};
  expect_equal(network(of("unet1.sample"), conditioning, network->read(states(2))), of("unet1.out"));
}

TEST_F(IfUnetParity, StageTwoIsDiffusers) {
  const torch::NoGradGuard no_grad;
  auto network = loaded("stage2");
  const models::IfConditioning conditioning{.time = of("unet2.timestep").to(torch::kFloat),
                            .noise_level = of("unet2.class_labels").to(torch::kFloat)};
  expect_equal(network(of("unet2.sample"), conditioning, network->read(states(2))), of("unet2.out"));
}

TEST_F(IfUnetParity, OtherSizesThanTheTrainedOneAreDiffusersToo) {
  const torch::NoGradGuard no_grad;
  auto first = loaded("stage1"), second = loaded("stage2");
  const auto words = of("t5.last_hidden_state").narrow(0, 2, 1);
  models::IfConditioning conditioning{.time = torch::full({1}, 400.0), .noise_level = {}};
  expect_equal(first(of("unet1.wide.sample"), conditioning, first->read(words)), of("unet1.wide.out"));
  conditioning.noise_level = torch::full({1}, 10.0);
  expect_equal(second(of("unet2.wide.sample"), conditioning, second->read(words)), of("unet2.wide.out"));
}

Json stage_one(const std::vector<int64_t>& channels, int64_t text_width) {
  return {{"block_out_channels", channels},
          {"cross_attention_dim", text_width},
          {"down_block_types",
           {"ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D",
            "SimpleCrossAttnDownBlock2D"}},
          {"up_block_types",
           {"SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D",
            "ResnetUpsampleBlock2D"}},
          {"act_fn", "gelu"},
          {"addition_embed_type", "text"},
          {"attention_head_dim", 64},
          {"cross_attention_norm", "group_norm"},
          {"encoder_hid_dim", 4096},
          {"in_channels", 3},
          {"layers_per_block", 3},
          {"mid_block_type", "UNetMidBlock2DSimpleCrossAttn"},
          {"out_channels", 6},
          {"resnet_time_scale_shift", "scale_shift"}};
}

Json stage_two() {
  auto json = stage_one({160, 320, 640, 960, 1280}, 1280);
  const std::string down = "ResnetDownsampleBlock2D", up = "ResnetUpsampleBlock2D";
  const std::string cross_down = "SimpleCrossAttnDownBlock2D",
                    cross_up = "SimpleCrossAttnUpBlock2D";
  json["down_block_types"] = {down, down, down, cross_down, cross_down};
  json["up_block_types"] = {cross_up, cross_up, up, up, up};
  json["layers_per_block"] = {2, 2, 3, 5, 5};
  json["in_channels"] = 6;
  json["class_embed_type"] = "timestep";
  json["time_embedding_act_fn"] = "gelu";
  json["time_embedding_dim"] = 1280;
  json["resnet_skip_time_act"] = true;
  return json;
}

TEST(IfUnetNames, AreThoseOfThePublishedModels) {
  const auto published =
      io::read_json(io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/if-unet-keys.json");
  const std::map<std::string, Json> configs = {
      {"IF-I-XL", stage_one({704, 1408, 2112, 2816}, 2816)},
      {"IF-I-L", stage_one({320, 640, 960, 1280}, 1280)},
      {"IF-II-L", stage_two()}};
  for (const auto& [name, config] : configs) {
    std::map<std::string, std::vector<int64_t>> wanted, made;
    for (const auto& [key, shape] : published.at(name).items()) {
      wanted[key] = shape.get<std::vector<int64_t>>();
    }
    const models::IfUnet network(models::if_unet_config_of(config, name));
    for (const auto& item : network->named_parameters()) {
      made[item.key()] = item.value().sizes().vec();
    }
    EXPECT_EQ(made, wanted) << name;
  }
}

}  // namespace
}  // namespace imagine
