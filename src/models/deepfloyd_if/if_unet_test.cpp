#include "models/deepfloyd_if/if_unet.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "models/regions.h"
#include "nn/attention.h"

namespace imagine::models {
namespace {

using testing::HasSubstr;

/// Three levels; heads, layers and blocks of attention differ between them.
Json small() {
  return {{"_class_name", "UNet2DConditionModel"},
          {"block_out_channels", {8, 16, 24}},
          {"layers_per_block", {1, 2, 1}},
          {"cross_attention_dim", 32},
          {"attention_head_dim", {4, 8, 4}},
          {"norm_num_groups", 4},
          {"down_block_types",
           {"ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D"}},
          {"up_block_types",
           {"SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"}},
          {"act_fn", "gelu"},
          {"addition_embed_type", "text"},
          {"addition_embed_type_num_heads", 2},
          {"cross_attention_norm", "group_norm"},
          {"encoder_hid_dim", 16},
          {"in_channels", 3},
          {"out_channels", 6},
          {"sample_size", 16},
          {"mid_block_type", "UNetMidBlock2DSimpleCrossAttn"},
          {"resnet_time_scale_shift", "scale_shift"}};
}

IfUnet filled(const Json& config) {
  torch::manual_seed(4);
  IfUnet network(if_unet_config_of(config, "c.json"));
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network->parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()) * 0.1);
  }
  return network;
}

IfConditioning at(double time) { return {.time = torch::full({2}, time), .noise_level = {}}; }

TEST(IfUnet, RowsOfATextAreReadLikeTheWhole) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(6);
  const auto noisy = torch::randn({2, 3, 16, 16});
  auto network = filled(small());
  const auto states = torch::randn({2, 5, 16});
  const auto first = network->read(states.narrow(0, 0, 1)),
             second = network->read(states.narrow(0, 1, 1));
  const IfConditioning conditioning{.time = torch::tensor({100.F, 900.F}), .noise_level = {}};
  const auto whole = network(noisy, conditioning, network->read(states));
  const auto row =
      network(noisy.narrow(0, 1, 1),
              IfConditioning{.time = conditioning.time.narrow(0, 1, 1), .noise_level = {}}, second);
  EXPECT_TRUE(torch::allclose(row, whole.narrow(0, 1, 1), 1e-4, 1e-5));
  EXPECT_TRUE(
      torch::allclose(network(noisy, conditioning, joined({&first, &second})), whole, 1e-4, 1e-5));
}

/// In an attention, whose places see each other only as they already are.
TEST(IfUnet, ARegionsWordsChangeNothingOutsideIt) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(7);
  const auto config = if_unet_config_of(small(), "c.json");
  for (const bool only_text : {false, true}) {
    IfAttention attention(config, IfAttentionImpl::Widths{.channels = 16, .text = 32, .head = 8},
                          only_text);
    for (auto& parameter : attention->parameters()) {
      parameter.set_data(torch::randn(parameter.sizes()) * 0.3);
    }
    const auto x = torch::randn({1, 16, 4, 4});
    const auto some = [&](int64_t length) {
      return attention->read(torch::randn({1, length, 32}));
    };
    const auto drawn = [&](const IfTextKeys& own, const IfTextKeys& region) {
      auto biases =
          region_biases({{.box = {0, 0, 0.5, 1}, .strength = 1}}, {.width = 4, .height = 4});
      biases[0] = biases[0].expand({-1, -1, -1, own.key.size(1)});
      biases[1] = biases[1].expand({-1, -1, -1, region.key.size(1)});
      const IfTextKeys both{.key = torch::cat({own.key, region.key}, 1),
                            .value = torch::cat({own.value, region.value}, 1)};
      return attention(x, both, nn::joined_biases(biases));
    };
    const auto own = some(5);
    const auto first = drawn(own, some(3)), second = drawn(own, some(6)),
               other = drawn(some(5), some(3));
    const auto right = [](const Tensor& of) { return of.narrow(3, 2, 2); };
    EXPECT_TRUE(torch::allclose(right(first), right(second), 1e-5, 1e-5)) << only_text;
    EXPECT_GT((first - second).narrow(3, 0, 2).abs().max().item<double>(), 1e-3) << only_text;
    EXPECT_GT(right(first - other).abs().max().item<double>(), 1e-3) << only_text;
  }
}

IfText with_same_biases(IfUnet& network, const std::vector<IfText>& texts,
                        const std::vector<Tensor>& biases) {
  return with_biases(texts, std::vector(network->attention_scales().size(), biases));
}

TEST(IfUnet, WeightsCountWordsAndRegionsTakeThePicture) {
  const torch::NoGradGuard no_grad;
  auto network = filled(small());
  for (auto& parameter : network->parameters()) parameter.set_data(parameter * 4);  // words matter
  torch::manual_seed(8);
  const auto noisy = torch::randn({1, 3, 16, 16}), states = torch::randn({1, 3, 16});
  const auto drawn = [&](const IfText& text) {
    return network(noisy, IfConditioning{.time = torch::full({1}, 300.0F), .noise_level = {}},
                   text);
  };
  const auto plain = network->read(states);
  EXPECT_EQ(network->attention_scales().size(), plain.keys.size());
  const auto words = torch::tensor({0.0F, std::log(2.0F), -INFINITY}).view({1, 1, 1, 3});
  const auto weighed = with_same_biases(network, {plain}, {words});
  auto twice = plain;  // the first word once, the second twice, the third not at all
  const auto chosen = torch::tensor({0, 1, 1}, torch::kLong);
  for (auto& [key, value] : twice.keys) {
    key = key.index_select(1, chosen), value = value.index_select(1, chosen);
  }
  EXPECT_TRUE(torch::allclose(drawn(weighed), drawn(twice), 1e-4, 1e-5));
  EXPECT_GT((drawn(weighed) - drawn(plain)).abs().max().item<double>(), 1e-2);

  const auto region = network->read(torch::randn({1, 3, 16}));
  const auto hidden = torch::full({1, 1, 1, 3}, -INFINITY), seen = torch::zeros({1, 1, 1, 3});
  const auto taken = with_same_biases(network, {plain, region}, {hidden, seen});
  auto alone = region;
  alone.pooled = plain.pooled;
  EXPECT_TRUE(torch::allclose(drawn(taken), drawn(alone), 1e-4, 1e-5));

  const auto two = torch::cat({noisy, noisy});
  const auto both = network(two, at(300), joined({&plain, &taken}));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 0, 1), drawn(plain), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 1, 1), drawn(taken), 1e-4, 1e-5));
}

TEST(IfUnet, EveryVariantOfTheConfigDrawsInItsShape) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  const auto noisy = torch::randn({2, 3, 16, 24}), states = torch::randn({2, 5, 16});
  auto usual = filled(small());
  const auto plain = usual(noisy, at(500), usual->read(states));
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, Json>>{{"only_cross_attention", true},
                                                 {"only_cross_attention", {true, false, true}},
                                                 {"mid_block_only_cross_attention", true},
                                                 {"resnet_skip_time_act", true},
                                                 {"time_embedding_act_fn", "silu"},
                                                 {"resnet_time_scale_shift", "default"},
                                                 {"cross_attention_norm", nullptr},
                                                 {"cross_attention_norm", "layer_norm"},
                                                 {"act_fn", "silu"},
                                                 {"conv_in_kernel", 5},
                                                 {"resnet_out_scale_factor", 1.4},
                                                 {"center_input_sample", true},
                                                 {"flip_sin_to_cos", false},
                                                 {"freq_shift", 1},
                                                 {"out_channels", 3}}) {
    auto config = small();
    config[key] = value;
    auto network = filled(config);
    const auto out = network(noisy, at(500), network->read(states));
    EXPECT_EQ(out.sizes(), torch::IntArrayRef({2, key == "out_channels" ? 3 : 6, 16, 24})) << key;
    EXPECT_TRUE(out.isfinite().all().item<bool>()) << key;
    EXPECT_TRUE(out.sizes() != plain.sizes() || !torch::allclose(out, plain)) << key;
  }
}

TEST(IfUnet, HearsTimeTextAndNoiseLevel) {
  const torch::NoGradGuard no_grad;
  auto config = small();
  config["class_embed_type"] = "timestep";
  auto network = filled(config);
  const auto noisy = torch::randn({2, 3, 8, 8});
  const auto text = network->read(torch::randn({2, 5, 16}));
  const auto other = network->read(torch::randn({2, 5, 16}));
  const auto run = [&](double time, double level, const IfText& words) {
    const IfConditioning conditioning{.time = torch::full({2}, time),
                                      .noise_level = torch::full({2}, level)};
    return network(noisy, conditioning, words);
  };
  const auto first = run(500, 250, text);
  EXPECT_TRUE(torch::equal(first, run(500, 250, text)));
  EXPECT_FALSE(torch::allclose(first, run(501, 250, text), 1e-6, 1e-7));
  EXPECT_FALSE(torch::allclose(first, run(500, 251, text), 1e-6, 1e-7));
  EXPECT_FALSE(torch::allclose(first, run(500, 250, other), 1e-6, 1e-7));
}

TEST(IfUnet, AnotherPictureInTheBatchChangesNothing) {
  const torch::NoGradGuard no_grad;
  auto network = filled(small());
  const auto noisy = torch::randn({2, 3, 16, 16}), states = torch::randn({2, 5, 16});
  const auto both = network(noisy, at(100), network->read(states));
  const IfConditioning one{.time = torch::full({1}, 100.0), .noise_level = {}};
  const auto alone = network(noisy.narrow(0, 1, 1), one, network->read(states.narrow(0, 1, 1)));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 1, 1), alone, 1e-4, 1e-5));
}

TEST(IfUnetConfig, RefusesWhatIsUnknownMissingOrMakesNoNetwork) {
  const auto refusal = [](const std::string& key, const Json& value) {
    auto config = small();
    if (value.is_discarded()) {
      config.erase(key);
    } else {
      config[key] = value;
    }
    try {
      if_unet_config_of(config, "c.json");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const Json missing(Json::value_t::discarded);
  for (const auto* key :
       {"block_out_channels", "layers_per_block", "cross_attention_dim", "attention_head_dim",
        "down_block_types", "up_block_types", "addition_embed_type", "encoder_hid_dim",
        "in_channels", "out_channels", "mid_block_type"}) {
    EXPECT_THAT(refusal(key, missing), HasSubstr(std::string("c.json: ") + key + ": expected"));
  }
  EXPECT_EQ(refusal("blocks", 3), "c.json: unknown key \"blocks\"");
  EXPECT_THAT(refusal("act_fn", "mish"), HasSubstr("gelu or silu or swish, got \"mish\""));
  EXPECT_THAT(refusal("block_out_channels", {8}), HasSubstr("expected 2 to 8 levels"));
  EXPECT_THAT(refusal("block_out_channels", {8, 16, 1 << 20}), HasSubstr("expected 1 to 65536"));
  EXPECT_THAT(refusal("block_out_channels", {8, 16, 26}), HasSubstr("a multiple of 4, got 26"));
  EXPECT_THAT(refusal("attention_head_dim", 5), HasSubstr("a multiple of 5"));
  EXPECT_THAT(refusal("cross_attention_dim", 48), HasSubstr("a multiple of 32, got 48"));
  EXPECT_THAT(refusal("layers_per_block", {1, 2}), HasSubstr("expected 3 values, got 2"));
  EXPECT_THAT(refusal("layers_per_block", 1000), HasSubstr("expected 1 to 64, got 1000"));
  EXPECT_THAT(refusal("down_block_types", {"A", "B", "C"}), HasSubstr("got \"A\""));
  EXPECT_THAT(refusal("in_channels", 4), HasSubstr("a multiple of 3, got 4"));
  EXPECT_THAT(refusal("class_embed_type", "projection"), HasSubstr("expected \"timestep\""));
  EXPECT_THAT(refusal("norm_eps", 0), HasSubstr("norm_eps"));
  EXPECT_THAT(refusal("resnet_out_scale_factor", 0), HasSubstr("expected above 0, got 0"));
  EXPECT_EQ(refusal("_name_or_path", "any"), "");
}

}  // namespace
}  // namespace imagine::models
