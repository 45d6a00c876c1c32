#include "models/minit2i/mmjit_config.h"

#include <gmock/gmock.h>

namespace imagine::models {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// As published for B/16.
Json published() {
  return {{"_class_name", "MiniT2IMMJiTModel"},
          {"cfg_channels", 3},
          {"cfg_interval", {0.0, 1.0}},
          {"cond_vec_size", 768},
          {"depth_double", 17},
          {"head_dim", 64},
          {"hidden_size", 768},
          {"image_size", 512},
          {"in_channels", 3},
          {"llm", "google/flan-t5-large"},
          {"mlp_ratio", 2.6667},
          {"n_T", 100},
          {"num_heads", 12},
          {"patch_size", 16},
          {"pca_channels", 128},
          {"prediction", "x"},
          {"prompt_length", 256},
          {"sampler", "euler"},
          {"txt_hidden_size", 768},
          {"txt_input_size", 1024},
          {"txt_preamble_depth", 2}};
}

Json student() {
  auto json = published();
  json["sampler"] = "mean_flow", json["n_T"] = 4;
  json["num_context_tokens"] = 8, json["num_cfg_tokens"] = 4;
  json["num_interval_tokens"] = 2, json["num_time_tokens"] = 4;
  json["omega"] = 12.0, json["t_min"] = 0.2, json["t_max"] = 0.8, json["noise_scale"] = 2.0;
  return json;
}

TEST(MmJitConfig, KnowsThePublishedNetworks) {
  const auto base = mmjit_config_of(published(), "c.json");
  EXPECT_EQ(base.grid(), 32);
  EXPECT_EQ(base.mlp_width(), 2048);
  EXPECT_EQ(base.prefix(), 0);
  auto large = published();
  large["hidden_size"] = large["txt_hidden_size"] = 1248;
  large["num_heads"] = 24, large["head_dim"] = 52, large["mlp_ratio"] = 2.7;
  EXPECT_EQ(mmjit_config_of(large, "c.json").mlp_width(), 3376);
  EXPECT_EQ(mmjit_config_of(student(), "c.json").prefix(), 20);
}

void expect_refusal(const std::string& message, const Json& json) {
  EXPECT_THAT([&] { mmjit_config_of(json, "c.json"); },
              ThrowsMessage<ConfigError>(HasSubstr("c.json: " + message)));
}

TEST(MmJitConfig, NamesTheFieldThatMakesNoNetwork) {
  const auto with = [](const char* field, const Json& value) {
    auto json = published();
    json[field] = value;
    return json;
  };
  expect_refusal("image_size: expected a multiple of patch_size 16, got 500",
                 with("image_size", 500));
  expect_refusal("head_dim: expected a multiple of 4, got 62", with("head_dim", 62));
  expect_refusal("hidden_size: expected a multiple of 4, got 767", with("hidden_size", 767));
  expect_refusal("txt_hidden_size: expected 768", with("txt_hidden_size", 512));
  expect_refusal("prediction: expected x, got \"v\"", with("prediction", "v"));
  expect_refusal("sampler: expected euler or mean_flow", with("sampler", "heun"));
  expect_refusal("cfg_interval: expected two numbers, got 1", with("cfg_interval", {0.5}));
  expect_refusal("cfg_interval: expected its begin before its end, got 1 and 0",
                 with("cfg_interval", {1.0, 0.0}));
  expect_refusal(
      "_class_name: expected MiniT2I's MiniT2IMMJiTModel, got \"FluxTransformer2DModel\"",
      with("_class_name", "FluxTransformer2DModel"));
  expect_refusal("_class_name: expected MiniT2I's", with("_class_name", 5));
  expect_refusal("depth_double: expected 1 .. 1024, got 0", with("depth_double", 0));
  expect_refusal("num_heads: expected 1 .. 65536, got -3", with("num_heads", -3));
  expect_refusal("in_channels: expected 3", with("in_channels", 4));
  expect_refusal("sampler: expected euler", with("sampler", "mean_flow"));
  auto json = published();
  json.erase("head_dim");
  expect_refusal("head_dim: expected a value, got none", json);
  json = student();
  json.erase("omega");
  expect_refusal("sampler: expected euler where any of", json);
  json = student();
  json["omega"] = 60;
  expect_refusal("omega: expected 1 .. 50, got 60", json);
  json = student();
  json["t_min"] = 0.9, json["t_max"] = 0.1;
  expect_refusal("t_max: expected 0.9 .. 1, got 0.1", json);
  json = student();
  json["sampler"] = "euler";
  expect_refusal("sampler: expected mean_flow with num_time_tokens", json);
}

}  // namespace
}  // namespace imagine::models
