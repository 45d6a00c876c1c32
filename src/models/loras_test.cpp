#include "models/loras.h"

#include <algorithm>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/deepfloyd_if/if_unet.h"
#include "models/imagine/efficient_unet.h"
#include "models/imagine/hybrid.h"
#include "models/imagine/super_resolution.h"
#include "nn/lora.h"
#include "nn/tensor_file.h"

namespace imagine::models {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Of DeepFloyd IF and of our own.
std::vector<std::shared_ptr<torch::nn::Module>> networks() {
  const io::fs::path unet = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/unet/config.json";
  const auto config = models::if_unet_config_of(io::read_python_json(unet), unet.string());
  return {
      std::make_shared<models::IfUnetImpl>(config),
      std::make_shared<models::HybridImpl>(models::HybridConfig{
          .size = 32, .stem = 8, .width = 16, .depth = 2, .heads = 2, .text_width = 24}),
      std::make_shared<models::SuperResolutionImpl>(
          models::SuperResolutionConfig{.factor = 2, .width = 8, .blocks = 1, .text_width = 24}),
      std::make_shared<models::EfficientUnetImpl>(models::EfficientUnetConfig{.factor = 2,
                                                                              .width = 8,
                                                                              .multipliers = {1, 2},
                                                                              .blocks = {1, 1},
                                                                              .heads = 2,
                                                                              .text_width = 24})};
}

/// Random changes of all layers, alpha 3 of rank 2, as `name` calls each layer.
template <class Name>
std::map<std::string, Tensor> changes_of(const torch::nn::Module& network, const Name& name) {
  torch::manual_seed(5);
  std::map<std::string, Tensor> tensors;
  const auto parameters = network.named_parameters();
  for (const auto& layer : nn::changeable_layers(network)) {
    auto down = parameters[layer + ".weight"].sizes().vec();
    auto up = std::vector<int64_t>(down.size(), 1);
    up[0] = down[0], up[1] = down[0] = 2;
    const auto [start, a, b] = name(layer);
    tensors[concat(start, a, ".weight")] = 0.1 * torch::randn(down);
    tensors[concat(start, b, ".weight")] = torch::randn(up);
    tensors[concat(start, ".alpha")] = torch::tensor(3);
  }
  return tensors;
}

TEST(LorasTest, EveryLayerOfEveryNetworkIsFoundUnderKohyasNamesToo) {
  using Names = std::tuple<std::string, const char*, const char*>;
  const io::TemporaryFolder folder;
  for (const auto& network : networks()) {
    const torch::NoGradGuard no_grad;
    for (const auto& item : network->named_parameters()) {
      item.value().set_data(torch::zeros(item.value().sizes()));
    }
    const auto layers = nn::changeable_layers(*network);
    ASSERT_GT(layers.size(), 3u);
    const auto added = [&](const auto& name) {
      for (const auto& layer : layers) network->named_parameters()[layer + ".weight"].zero_();
      nn::save_tensors(changes_of(*network, name), folder / "lora.safetensors");
      add_loras(*network, {{.file = folder / "lora.safetensors", .weight = 0.5}});
      std::map<std::string, Tensor> after;
      for (const auto& layer : layers) {
        after[layer] = network->named_parameters()[layer + ".weight"].clone();
      }
      return after;
    };
    const auto dotted =
        added([](const std::string& layer) { return Names(layer, ".lora_A", ".lora_B"); });
    const auto kohya = added([](std::string layer) {
      std::ranges::replace(layer, '.', '_');
      return Names("lora_unet_" + layer, ".lora_down", ".lora_up");
    });
    for (const auto& [layer, weight] : dotted) {
      EXPECT_GT(weight.norm().item<double>(), 0) << layer;
      EXPECT_TRUE(torch::equal(kohya.at(layer), weight)) << layer;
    }
  }
}

TEST(LorasTest, AFolderHoldsOneFileOfChanges) {
  const io::TemporaryFolder folder;
  const auto make = [&](const char* name) { io::write_json(folder / name, {{"r", 2}}); };
  const auto refuses = [&](const char* message) {
    EXPECT_THAT([&] { lora_file_in(folder.path()); },
                ThrowsMessage<FormatError>(HasSubstr(message)));
  };
  EXPECT_EQ(lora_file_in(folder / "mug.safetensors"), folder / "mug.safetensors");
  make("model.safetensors"), make("config.json"), make("README.md");
  refuses("found none of them");
  make("adapter_config.json");
  refuses("found adapter_config.json");
  make("adapter_model.bin");
  refuses("found adapter_config.json and adapter_model.bin");
  make("lora.safetensors");
  EXPECT_EQ(lora_file_in(folder.path()), folder / "lora.safetensors");
  make("pytorch_lora_weights.safetensors");
  EXPECT_EQ(lora_file_in(folder.path()), folder / "pytorch_lora_weights.safetensors");
  make("adapter_model.safetensors");
  EXPECT_EQ(lora_file_in(folder.path()), folder / "adapter_model.safetensors");
  EXPECT_THAT(
      files_of_lora(folder.path()),
      testing::ElementsAre(folder / "adapter_model.safetensors", folder / "adapter_config.json"));
}

}  // namespace
}  // namespace imagine::models
