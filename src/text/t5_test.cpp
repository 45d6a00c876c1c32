#include "text/t5.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

namespace imagine::text {
namespace {

using testing::HasSubstr;

Json small() {
  return {{"model_type", "t5"}, {"vocab_size", 20}, {"d_model", 16},   {"d_kv", 4},
          {"d_ff", 24},         {"num_heads", 4},   {"num_layers", 2}, {"use_cache", true}};
}

T5 filled(const T5Config& config) {
  torch::manual_seed(3);
  T5 network(config);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network->parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()) * 0.3);
  }
  return network;
}

TEST(T5, ConfigsSayWhichFeedForward) {
  auto json = small();
  EXPECT_FALSE(t5_config_of(json, "c.json").gated);  // version 1.0 says nothing
  json["feed_forward_proj"] = "gated-gelu";
  EXPECT_TRUE(t5_config_of(json, "c.json").gated);
}

TEST(T5, CountsItsParameters) {
  for (const auto* kind : {"relu", "gated-gelu"}) {
    auto json = small();
    json["feed_forward_proj"] = kind;
    const auto config = t5_config_of(json, "c.json");
    int64_t count = 0;
    for (const auto& parameter : T5(config)->parameters()) count += parameter.numel();
    EXPECT_EQ(config.parameters(), count) << kind;
  }
  // T5-v1.1-XXL's encoder
  EXPECT_EQ((T5Config{.d_model = 4096,
                      .d_kv = 64,
                      .d_ff = 10240,
                      .num_layers = 24,
                      .num_heads = 64,
                      .gated = true})
                .parameters(),
            4'762'310'656);
}

TEST(T5, RefusesConfigsByKey) {
  const auto refusal = [](const char* key, const Json& value) {
    auto json = small();
    json[key] = value;
    try {
      t5_config_of(json, "c.json");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal("model_type", "umt5"), HasSubstr("model_type: expected \"t5\""));
  EXPECT_THAT(refusal("d_model", 0), HasSubstr("c.json: d_model: expected 1 to"));
  EXPECT_THAT(refusal("num_layers", 1e9), HasSubstr("c.json: num_layers: expected"));
  EXPECT_THAT(refusal("d_ff", "wide"), HasSubstr("c.json: d_ff: expected"));
  EXPECT_THAT(refusal("feed_forward_proj", "gated-silu"), HasSubstr("\"gated-silu\""));
  EXPECT_THAT(refusal("layer_norm_epsilon", -1), HasSubstr("layer_norm_epsilon"));
  EXPECT_THAT(refusal("quantization_config", {{"quant_method", "bitsandbytes"}}),
              HasSubstr("quantization_config: expected"));
  EXPECT_EQ(refusal("quantization_config", {{"quant_method", "imagine_int8"}}), "");
  EXPECT_THAT(refusal("relative_attention_num_buckets", 3), HasSubstr("expected 4 or more"));
}

TEST(T5, MaskedTokensChangeNothingElse) {
  auto network = filled(t5_config_of(small(), "c.json"));
  const auto ids = torch::tensor({{5, 6, 1, 0, 0}}), other = torch::tensor({{5, 6, 1, 9, 4}});
  const auto mask = ids != 0;
  const auto states = network(ids, mask, torch::kFloat);
  EXPECT_TRUE(torch::allclose(network(other, mask, torch::kFloat).narrow(1, 0, 3),
                              states.narrow(1, 0, 3), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(network(ids.narrow(1, 0, 3), mask.narrow(1, 0, 3), torch::kFloat),
                              states.narrow(1, 0, 3), 1e-5, 1e-6));
}

TEST(T5, PositionsTellOrderButNotPlace) {
  T5Positions positions(t5_config_of(small(), "c.json"));
  positions->relative_attention_bias->weight.set_data(
      torch::arange(32 * 4).view({32, 4}).to(torch::kFloat));
  const auto bias = positions(200);  // [1, heads, T, T]
  const auto bucket = [&](int64_t query, int64_t key) {
    return int64_t(bias[0][0][query][key].item<float>()) / 4;
  };
  EXPECT_EQ(bucket(3, 3), 0);
  EXPECT_EQ(bucket(10, 3), 7);
  EXPECT_EQ(bucket(3, 10), 16 + 7);
  EXPECT_EQ(bucket(150, 142), 8);
  EXPECT_EQ(bucket(199, 0), 15);
  EXPECT_EQ(bucket(0, 199), 31);
  EXPECT_EQ(bucket(20, 30), bucket(120, 130));
}

}  // namespace
}  // namespace imagine::text
