#include "nn/lora_peft.h"

#include <cmath>
#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/json_file.h"

namespace imagine::nn {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

PeftConfig config(const std::string& text) { return {io::parse_json(text, "json"), "CONFIG"}; }

double scale(const std::string& text, const std::string& layer, std::int64_t rank) {
  return config(text).scales({{layer, rank}}).at(layer);
}

TEST(PeftConfigTest, TheScaleIsAlphaOverTheRankOrItsRoot) {
  for (const int rank : {1, 2, 4, 7, 64}) {
    for (const double alpha : {1.0, 8.0, 0.5, -3.0, 0.0}) {
      const auto said = R"({"r": )" + std::to_string(rank) + R"(, "lora_alpha": )" +
                        std::to_string(alpha) + R"(, "use_rslora": )";
      EXPECT_DOUBLE_EQ(scale(said + "false}", "to_q", rank), alpha / rank);
      EXPECT_DOUBLE_EQ(scale(said + "true}", "to_q", rank), alpha / std::sqrt(double(rank)));
    }
  }
  EXPECT_EQ(scale("{}", "to_q", 8), 1);  // PEFT's defaults are 8 and 8
  EXPECT_EQ(scale(R"({"lora_alpha": 2, "rank_pattern": null, "unknown": [1]})", "to_q", 8), 0.25);
}

TEST(PeftConfigTest, TheFirstPatternThatTheNamesEndMatchesDecides) {
  const auto alpha = [](const std::string& patterns, const std::string& layer) {
    return scale(R"({"r": 1, "lora_alpha": 7, "alpha_pattern": )" + patterns + "}", layer, 1);
  };
  EXPECT_EQ(alpha(R"({"to_q": 2})", "mid.0.to_q"), 2);
  EXPECT_EQ(alpha(R"({"to_q": 2})", "to_q"), 2);
  EXPECT_EQ(alpha(R"({"to_q": 2})", "mid.0.not_to_q"), 7) << "the pattern begins behind a dot";
  EXPECT_EQ(alpha(R"({"to_q": 2})", "to_q.0"), 7) << "the pattern ends where the name does";
  EXPECT_EQ(alpha(R"({"0.to_q": 2})", "mid.0.to_q"), 2);
  EXPECT_EQ(alpha(R"({"^to_q": 2})", "mid.0.to_q"), 7);
  EXPECT_EQ(alpha(R"({"^mid.*to_q": 2})", "mid.0.to_q"), 2);
  EXPECT_EQ(alpha(R"j({"to_(q|k)": 2})j", "mid.0.to_k"), 2);
  EXPECT_EQ(alpha(R"({"to_q|to_k": 2})", "mid.0.to_k"), 2);
  EXPECT_EQ(alpha(R"({"mid\\.\\d+\\.to_[qk]": 2})", "unknown.mid.12.to_k"), 2);
  EXPECT_EQ(alpha(R"({"to_q": 2, "mid.0.to_q": 3})", "mid.0.to_q"), 2);
  EXPECT_EQ(alpha(R"({"mid.0.to_q": 3, "to_q": 2})", "mid.0.to_q"), 3);
}

TEST(PeftConfigTest, ALayersOwnRankDividesItsOwnAlpha) {
  const auto scales =
      config(R"({"r": 4, "lora_alpha": 8, "rank_pattern": {"to_k": 2, "conv.*": 16},
                                 "alpha_pattern": {"mid.to_k": 5, "conv_in": 4}})")
          .scales({{"mid.to_q", 4}, {"mid.to_k", 2}, {"up.to_k", 2}, {"conv_in", 16}});
  EXPECT_THAT(scales, testing::UnorderedElementsAre(
                          testing::Pair("mid.to_q", 2), testing::Pair("mid.to_k", 2.5),
                          testing::Pair("up.to_k", 4), testing::Pair("conv_in", 0.25)));
}

TEST(PeftConfigTest, MetadataHoldsItUnderThePrefix) {
  const auto of = [](const std::string& text) {
    return peft_config_of_metadata(text, "unet.", "FILE").scales({{"to_q", 2}}).at("to_q");
  };
  EXPECT_EQ(of(R"({"unet.r": 2, "unet.lora_alpha": 6, "text_encoder.r": 9})"), 3);
  EXPECT_EQ(of(R"({"r": 2, "lora_alpha": 6})"), 3);
  EXPECT_EQ(of(R"({"r": 2, "lora_alpha": 6, "lora_dropout": NaN})"), 3) << "as Python writes it";
  EXPECT_EQ(of(R"({"r": 5, "unet.r": 2, "lora_alpha": 5})"), 4) << "PEFT's default alpha is 8";
  EXPECT_THAT([&] { of("{"); }, ThrowsMessage<FormatError>(HasSubstr("FILE: expected JSON")));
  EXPECT_THAT([&] { of("[2]"); }, ThrowsMessage<FormatError>(HasSubstr("JSON object")));
  EXPECT_THAT([&] { of(std::string(100, '[') + std::string(100, ']')); },
              ThrowsMessage<FormatError>(HasSubstr("nested")));
  EXPECT_THAT([&] { of(R"({"r": 2, ")" + std::string(4'000'000, 'x') + R"(": 1})"); },
              ThrowsMessage<FormatError>(HasSubstr("expected at most")));
}

TEST(PeftConfigTest, FieldsThatDrawOtherwiseAreRefusedByName) {
  for (const auto* plain :
       {R"("init_lora_weights": true)", R"("init_lora_weights": "gaussian")",
        R"("modules_to_save": null)", R"("modules_to_save": [])", R"("target_parameters": [])",
        R"("use_qalora": false)", R"("peft_type": "LORA")", R"("fan_in_fan_out": true)"}) {
    EXPECT_EQ(scale(std::string("{") + plain + "}", "to_q", 8), 1) << plain;
  }
  for (const auto& [bad, message] : std::map<std::string, std::string>{
           {R"("init_lora_weights": "pissa_niter_4")", "init_lora_weights"},
           {R"("init_lora_weights": "olora")", "init_lora_weights"},
           {R"("modules_to_save": ["conv_in"])", "modules_to_save"},
           {R"("layer_replication": [[0, 2]])", "layer_replication"},
           {R"("use_qalora": true)", "use_qalora"},
           {R"("kasa_config": {"a": 1})", "kasa_config"},
           {R"("peft_type": "LOHA")", "peft_type: expected LORA, got \"LOHA\""},
           {R"("r": "4")", "r: expected a finite number"},
           {R"("r": true)", "r: expected a finite number"},
           {R"("lora_alpha": [1])", "lora_alpha: expected a finite number"},
           {R"("rank_pattern": [1])", "rank_pattern: expected a JSON object"},
           {R"("alpha_pattern": {"to_q": "x"})", "alpha_pattern: to_q: expected a finite number"},
           {R"j("alpha_pattern": {"(": 1})j", "expected a regular expression"},
           {R"j("alpha_pattern": {"(?=a)b": 1})j", "expected a regular expression"},
           {R"("use_dora": 1)", "use_dora: expected true or false"},
           {R"("r": 4)", "to_q: expected rank 4, as r or rank_pattern says, got 8"},
           {R"("r": 0)", "to_q: expected rank 0"},
           {R"("rank_pattern": {"to_.": 3})", "to_q: expected rank 3"}}) {
    const auto& field = bad;
    EXPECT_THAT(
        [&] { scale("{" + field + "}", "to_q", 8); },
        ThrowsMessage<FormatError>(testing::AllOf(HasSubstr("CONFIG: "), HasSubstr(message))))
        << field;
  }
}

TEST(PeftConfigTest, PatternsTakeBoundedTime) {
  std::string patterns, large;
  for (int i = 0; i < 20'000; ++i) patterns += "\"p" + std::to_string(i) + "\": 1, ";
  for (int i = 0; i < 500; ++i) large += "\"(x{999})" + std::to_string(i) + "\": 1, ";
  for (const auto& many : {patterns, large}) {
    EXPECT_THAT([&] { scale(R"({"alpha_pattern": {)" + many + R"("to_q": 1}})", "to_q", 8); },
                ThrowsMessage<FormatError>(HasSubstr("expected patterns as long as names")));
  }
  std::string names;
  std::map<std::string, std::int64_t> ranks;
  for (int i = 0; i < 300; ++i) {
    const auto name = "up_blocks." + std::to_string(i) + ".attentions.0.to_q";
    names += "\"" + name + "\": 16, ";
    ranks[name] = 8;
  }
  const auto scales = config(R"({"alpha_pattern": {)" + names + R"("to_k": 1}})").scales(ranks);
  for (const auto& [layer, scale] : scales) ASSERT_EQ(scale, 2) << layer;
}

}  // namespace
}  // namespace imagine::nn
