#include "train/if_objective.h"

#include <cstring>
#include <gmock/gmock.h>
#include <set>

#include <torch/utils.h>

#include "data/shard.h"
#include "imagine/engine.h"
#include "io/json_file.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"
#include "train/trainer.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class IfObjectiveTest : public testing::Test {
 protected:
  IfObjectiveTest() {
    config_.stage = "deepfloyd_if";
    config_.deepfloyd_if = (tiny_if_ / "stage1").string();
    config_.text_encoder = (tiny_if_ / "stage1/text_encoder").string();
    config_.lora = {.rank = 2, .targets = {"to_q", "to_out", "add_k_proj"}};
    config_.shard_size = 16;
    config_.phases = {{.views = 128, .resolution = 16, .batch = 4, .learning_rate = 5e-2}};
    config_.warm_up = 0;
    config_.dtype = "fp32";
  }

  /// Two shards of one grey picture, and what a run on them leaves.
  io::fs::path trained() {
    const Image plain{.width = 16, .height = 16, .rgb = std::vector<std::uint8_t>(16 * 16 * 3, 90)};
    const data::Sample sample{
        .key = "k", .domain = "plain", .image = plain, .captions = {{"A Grey Square", "en"}}};
    for (const char* name : {"train-16-plain-00000.tar", "heldout-16-plain-00000.tar"}) {
      data::write_shard(folder_ / name, {sample, sample}, 0);
    }
    config_.shards = folder_.path().string();
    config_.out = (folder_ / "run").string();
    train(config_, [](const Progress&) { return true; });
    return folder_ / "run" / "stage" / "lora.safetensors";
  }

  Image drawn(const std::vector<LoraUse>& loras) const {
    Request request{.prompt = "a grey square"};
    request.stages = {{.steps = std::int64_t(3)}};
    request.loras = loras;
    return Engine({.dtype = "fp32"}).draw(Model::open(tiny_if_ / "stage1"), request)[0].image;
  }

  const io::fs::path tiny_if_ = IMAGINE_SOURCE_DIR "/tests/data/tiny-if";
  TrainConfig config_;
  io::TemporaryFolder folder_;
};

TEST_F(IfObjectiveTest, TheLossIsOfTheNoiseAtTimestepsOfItsSchedule) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  IfObjective objective(config_);
  auto& network = dynamic_cast<models::IfUnetImpl&>(objective.network());
  const auto pixels = torch::rand({2, 3, 16, 16}) * 2 - 1, noise = torch::randn_like(pixels);
  const auto states = torch::randn({2, 77, 32});
  const Lesson lesson{
      .batch = {.pixels = pixels,
                .text = {.states = states, .mask = torch::ones({2, 77}, torch::kBool)}},
      .t = torch::tensor({10.0F, 700.0F}),
      .noise = noise};
  const diffusion::Schedule schedule({.name = "squaredcos_cap_v2"});
  double expected = 0;
  for (int64_t i = 0; i < 2; ++i) {
    const auto level = schedule.level(i == 0 ? 10 : 700);
    const auto noisy = level.alpha * pixels[i] + level.sigma * noise[i];
    const auto output =
        network.forward(noisy.unsqueeze(0), {.time = lesson.t.narrow(0, i, 1), .noise_level = {}},
                        network.read(states.narrow(0, i, 1)));
    expected += (output[0].narrow(0, 0, 3) - noise[i]).square().mean().item<double>() / 2;
  }
  EXPECT_NEAR(objective.loss(lesson).item<double>(), expected, 1e-5 * expected);
}

TEST_F(IfObjectiveTest, TimestepsCoverTheSchedule) {
  const IfObjective objective(config_);
  auto generator = at::detail::createCPUGenerator(5);
  const Batch batch{
      .pixels = torch::rand({50, 3, 16, 16}),
      .text = {.states = torch::zeros({50, 77, 8}), .mask = torch::ones({50, 77}, torch::kBool)}};
  const auto t = objective.prepared(batch, Phase{}, generator).t;
  EXPECT_TRUE(torch::equal(t, t.floor()));
  for (int64_t i = 0; i < 50; ++i) {
    EXPECT_GE(t[i].item<double>(), 20.0 * double(i));
    EXPECT_LT(t[i].item<double>(), 20.0 * double(i + 1));
  }
}

TEST_F(IfObjectiveTest, ARunLeavesChangesAsDiffusersNamesThem) {
  const auto file = trained();
  const io::SafetensorsFile changes(file);
  ASSERT_FALSE(changes.tensors().empty());
  for (const auto& [name, view] : changes.tensors()) {
    EXPECT_THAT(name, testing::MatchesRegex("unet\\..*\\.(to_q|to_out\\.0|add_k_proj)\\.lora_[AB]"
                                            "\\.weight"));
  }
  EXPECT_TRUE(changes.tensors().contains("unet.mid_block.attentions.0.to_q.lora_A.weight"));
  EXPECT_EQ(changes.metadata().at("format"), "pt");
  const auto said = io::parse_json(changes.metadata().at("lora_adapter_metadata"), "metadata");
  std::set<std::string> layers;  // what diffusers 0.42 makes a LoraConfig of
  for (const auto& [name, view] : changes.tensors()) {
    layers.insert(name.substr(std::strlen("unet."), name.find(".lora_") - std::strlen("unet.")));
  }
  EXPECT_EQ(said, Json({{"unet.r", 2},
                        {"unet.lora_alpha", 2},
                        {"unet.target_modules", said.at("unet.target_modules")}}));
  EXPECT_THAT(said.at("unet.target_modules").get<std::vector<std::string>>(),
              testing::UnorderedElementsAreArray(layers));
  const auto plain = drawn({});
  EXPECT_NE(drawn({{file, 1}}).rgb, plain.rgb);
  EXPECT_EQ(drawn({{file, 0}}).rgb, plain.rgb);

  std::map<std::string, Tensor> tensors;  // as this program wrote them before it told the scale
  for (const auto& [name, view] : changes.tensors()) tensors[name] = nn::tensor_of(changes, name);
  nn::save_tensors(tensors, folder_ / "old.safetensors");
  EXPECT_EQ(drawn({{folder_ / "old.safetensors", 1}}).rgb, drawn({{file, 1}}).rgb);
}

TEST_F(IfObjectiveTest, WhatCannotBeTrainedIsRefused) {
  const auto refuses = [&](const auto& change, const char* message) {
    auto wrong = config_;
    change(wrong);
    EXPECT_THAT(
        [&] {
          wrong.validate();
          IfObjective objective(wrong);
        },
        ThrowsMessage<ConfigError>(HasSubstr(message)));
  };
  refuses([](auto& c) { c.lora = {}; }, "lora.rank");
  refuses([](auto& c) { c.deepfloyd_if = ""; }, "deepfloyd_if: expected a folder");
  refuses([](auto& c) { c.start_from = "x"; }, "start_from: expected none");
  refuses([](auto& c) { c.preview_prompts = {"x"}; }, "preview_prompts: expected none");
  refuses([](auto& c) { c.phases[0].resolution = 15; }, "resolution: expected a multiple");
  refuses([this](auto& c) { c.deepfloyd_if = (tiny_if_ / "stage2").string(); },
          "in_channels: expected 3");
}

}  // namespace
}  // namespace imagine::train
