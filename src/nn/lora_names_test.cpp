#include "nn/lora_names.h"

#include <algorithm>
#include <gmock/gmock.h>

#include "core/check.h"

namespace imagine::nn {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const LoraTarget kTarget{
    .prefix = "unet.",
    .layers = {"mid_block.attentions.0.to_q", "mid_block.attentions.0.to_out.0",
               "mid_block.attentions.0.add_k_proj", "mid_block.resnets.0.conv1", "conv_in", "a.b_c",
               "a_b.c", "down.1.to_out"}};

LoraName parsed(const std::string& name) { return LoraNames(kTarget).parsed(name, "FILE: "); }

std::string underscored(std::string layer) {
  std::ranges::replace(layer, '.', '_');
  return layer;
}

/// All ways to write the two matrices of a layer's change.
std::vector<std::array<std::string, 2>> spellings(const std::string& layer) {
  std::vector<std::array<std::string, 2>> all;
  for (const auto* start : {"", "unet.", "base_model.model.", "base_model.model.unet."}) {
    const auto name = start + layer;
    all.push_back({name + ".lora_A.weight", name + ".lora_B.weight"});
    all.push_back({name + ".lora_A.default.weight", name + ".lora_B.default.weight"});
    all.push_back({name + ".lora.down.weight", name + ".lora.up.weight"});
    all.push_back({name + ".lora_down.weight", name + ".lora_up.weight"});
  }
  return all;
}

TEST(LoraNamesTest, EveryLayerIsFoundUnderAllItsNames) {
  for (const auto& layer : kTarget.layers) {
    auto names = spellings(layer);
    const bool alone = layer != "a.b_c" && layer != "a_b.c";
    const auto kohya = "lora_unet_" + underscored(layer);
    if (alone) names.push_back({kohya + ".lora_down.weight", kohya + ".lora_up.weight"});
    for (const auto& [down, up] : names) {
      EXPECT_EQ(parsed(down).layer, layer) << down;
      EXPECT_EQ(parsed(down).part, LoraPart::down) << down;
      EXPECT_EQ(parsed(up).layer, layer) << up;
      EXPECT_EQ(parsed(up).part, LoraPart::up) << up;
    }
  }
}

TEST(LoraNamesTest, OldProcessorsNameTheAttentionsLayers) {
  const std::map<std::string, std::string> layers = {{"to_q_lora", "to_q"},
                                                     {"to_k_lora", "to_k"},
                                                     {"to_v_lora", "to_v"},
                                                     {"add_k_proj_lora", "add_k_proj"},
                                                     {"add_v_proj_lora", "add_v_proj"},
                                                     {"to_out_lora", "to_out.0"}};
  for (const auto& [old, layer] : layers) {
    for (const auto* start : {"unet.mid.0.processor.", "mid.0.processor.", "mid.0."}) {
      const auto down = parsed(concat(start, old, ".down.weight"));
      EXPECT_EQ(down.layer, "mid.0." + layer);
      EXPECT_EQ(down.part, LoraPart::down);
      EXPECT_EQ(parsed(concat(start, old, ".up.weight")).part, LoraPart::up);
    }
  }
  EXPECT_EQ(parsed("down.1.to_out.lora_A.weight").layer, "down.1.to_out");  // the network has it
}

TEST(LoraNamesTest, OtherPartsOfAChange) {
  EXPECT_EQ(parsed("unet.conv_in.alpha").part, LoraPart::alpha);
  EXPECT_EQ(parsed("lora_unet_mid_block_resnets_0_conv1.alpha").layer, "mid_block.resnets.0.conv1");
  EXPECT_EQ(parsed("conv_in.lora_B.bias").part, LoraPart::bias);
  EXPECT_EQ(parsed("conv_in.lora_B.mug.bias").part, LoraPart::bias);
  for (const auto* ending : {"", ".weight", ".default", ".default.weight"}) {
    const auto name = parsed(concat("conv_in.lora_magnitude_vector", ending));
    EXPECT_EQ(name.part, LoraPart::magnitude);
    EXPECT_EQ(name.layer, "conv_in");
  }
  EXPECT_EQ(parsed("conv_in.lora_A.my-mug_2.weight").adapter, "my-mug_2");
  EXPECT_EQ(parsed("conv_in.lora_A.weight").adapter, "");
}

TEST(LoraNamesTest, WhatIsNoLowRankChangeIsRefusedByItsKind) {
  const std::map<std::string, std::string> refused = {
      {"lora_unet_conv_in.hada_w1_a", "LoHa"},
      {"unet.conv_in.lokr_w1", "LoKr"},
      {"base_model.model.conv_in.oft_R.weight", "OFT"},
      {"conv_in.boft_R", "BOFT"},
      {"conv_in.lora_E.default", "AdaLoRA"},
      {"conv_in.lora_embedding_A", "embedding"},
      {"lora_unet_conv_in.lora_mid.weight", "middle factor"},
      {"lora_unet_conv_in.dora_scale", "LyCORIS's DoRA"},
      {"lora_unet_conv_in.diff", "full difference"},
      {"lora_unet_conv_in.diff_b", "full difference"},
      {"mid.0.processor.to_k_custom_diffusion.weight", "Custom Diffusion"},
      {"text_encoder.encoder.block.0.q.lora_A.weight", "text encoder"},
      {"base_model.model.text_encoder.q.lora_A.weight", "text encoder"},
      {"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "text encoder"},
      {"lora_te2_text_model_encoder_layers_0_mlp_fc1.alpha", "text encoder"},
      {"lora_unet_input_blocks_1_1_proj_in.lora_down.weight", "got none of that name"},
      {"lora_unet_a_b_c.lora_down.weight", "a.b_c and a_b.c"},
      {"lora_unet_.lora_down.weight", "got none of that name"},
      {"conv_in.weight", "expected a low-rank change, LAYER.lora_A.weight"},
      {"conv_in.lora_A", "expected a low-rank change, LAYER.lora_A.weight"},
      {"conv_in.lora_A.a.b.weight", "expected a low-rank change, LAYER.lora_A.weight"},
      {".lora_A.weight", "expected a layer's name"},
      {"", "expected a low-rank change"}};
  for (const auto& [bad, message] : refused) {
    const auto& name = bad;
    EXPECT_THAT([&] { parsed(name); }, ThrowsMessage<FormatError>(HasSubstr(message))) << name;
    EXPECT_THAT([&] { parsed(name); }, ThrowsMessage<FormatError>(testing::StartsWith("FILE: ")));
  }
}

}  // namespace
}  // namespace imagine::nn
