#include "train/lora_objective.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "diffusion/flow.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"
#include "models/imagine/hybrid.h"
#include "models/loras.h"
#include "nn/lora_file.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"
#include "train/tiny_networks.h"
#include "train/trainer.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class LoraObjectiveTest : public testing::Test {
 protected:
  LoraObjectiveTest() {
    torch::manual_seed(3);
    config_ = tiny_networks();
    models::Hybrid network(config_.base);
    torch::NoGradGuard no_grad;
    for (auto& parameter : network->parameters()) parameter.normal_(0, 0.1);
    nn::save_weights(*network, weights_, torch::kFloat);
    config_.start_from = weights_.string();
  }

  std::unique_ptr<Objective> objective(const LoraConfig& lora) const {
    auto config = config_;
    config.lora = lora;
    auto made = make_objective(config);
    nn::load_weights(made->network(), io::SafetensorsFile(weights_));
    return made;
  }

  Lesson lesson(const Objective& objective) const {
    auto generator = at::detail::createCPUGenerator(5);
    return objective.prepared(with_some_text(torch::rand({4, 3, 16, 16}, generator)), Phase{},
                              generator);
  }

  io::TemporaryFolder folder_;
  io::fs::path weights_ = folder_.path() / "model.safetensors";
  TrainConfig config_;
};

TEST_F(LoraObjectiveTest, BeginsAsTheNetworkWas) {
  const auto whole = objective({}), changed = objective({.rank = 2});
  const auto given = lesson(*whole);
  EXPECT_EQ(changed->loss(given).item<float>(), whole->loss(given).item<float>());
}

TEST_F(LoraObjectiveTest, OnlyChangesOfTheTargetsAreTrained) {
  const auto all = objective({.rank = 2}), some = objective({.rank = 2, .targets = {"blocks.0"}});
  const auto count = [](Objective& objective) { return objective.trained().parameters().size(); };
  EXPECT_LT(count(*some), count(*all));
  for (const auto& item : some->trained().named_parameters()) {
    EXPECT_THAT(item.key(), HasSubstr("blocks.0"));
  }
  some->loss(lesson(*some)).backward();
  for (const auto& parameter : some->network().parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
  }
  double norm = 0;
  for (const auto& item : some->trained().named_parameters()) {
    if (item.key().ends_with("lora_B.weight")) norm += item.value().grad().norm().item<double>();
  }
  EXPECT_GT(norm, 0);
  EXPECT_THAT([&] { objective({.rank = 2, .targets = {"nothing"}}); },
              ThrowsMessage<ConfigError>(HasSubstr("lora.targets")));
}

TEST_F(LoraObjectiveTest, WhatIsKeptIsLearnedFromTheNetworkWithoutTheChanges) {
  const auto changed = objective({.rank = 2, .keep = 3});
  auto given = lesson(*changed);
  given.unconditional = torch::tensor({false, false, true, false});
  given.batch.kept = torch::tensor({true, false, false, true});
  const auto before = changed->predicted(given).detach();
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : changed->trained().parameters()) parameter.normal_(0, 0.3);
  }
  const auto target = torch::where(torch::tensor({true, false, true, true}).view({4, 1, 1, 1}),
                                   before, given.batch.pixels);
  const auto each = diffusion::velocity_loss(changed->predicted(given), target, given.t);
  const auto expected = (each * torch::tensor({3, 1, 3, 3})).mean();
  EXPECT_FLOAT_EQ(changed->loss(given).item<float>(), expected.item<float>());
  EXPECT_GT((changed->predicted(given) - before).abs().max().item<double>(), 1e-4);

  given.batch.kept = torch::ones({4}, torch::kBool);
  EXPECT_LT(objective({.rank = 2})->loss(given).item<float>(), 1e-9);
}

TEST_F(LoraObjectiveTest, WhatIsKeptOfADistilledNetworkIsItsOwnToo) {
  config_.stage = "distillation";
  config_.distillation = {.teacher = (folder_ / "teacher.safetensors").string(), .steps = 4};
  models::Hybrid teacher(config_.base);
  nn::save_weights(*teacher, config_.distillation.teacher, torch::kFloat);
  const auto whole = objective({}), changed = objective({.rank = 2, .keep = 3});
  auto given = lesson(*changed);
  const auto before = changed->predicted(given).detach();
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : changed->trained().parameters()) parameter.normal_(0, 0.3);
  }
  const auto taught = whole->truth(given);  // by the teacher
  const auto kept = torch::tensor({true, false, false, true});
  const auto target = torch::where(kept.view({4, 1, 1, 1}), before, taught);
  const auto each = diffusion::velocity_loss(changed->predicted(given), target, given.t);
  const auto expected = (each * torch::tensor({3, 1, 1, 3})).mean();
  given.batch.kept = kept;
  EXPECT_FLOAT_EQ(changed->loss(given).item<float>(), expected.item<float>());
  EXPECT_GT((taught - before).abs().max().item<double>(), 1e-3);
  EXPECT_GT((taught - given.batch.pixels).abs().max().item<double>(), 1e-3);
}

TEST_F(LoraObjectiveTest, ARunLeavesChangesThatMergeIntoTheNetwork) {
  const Image plain{.width = 16, .height = 16, .rgb = std::vector<std::uint8_t>(16 * 16 * 3, 90)};
  const data::Sample sample{
      .key = "k", .domain = "plain", .image = plain, .captions = {{"grey", "en"}}};
  for (const char* name : {"train-16-plain-00000.tar", "heldout-16-plain-00000.tar"}) {
    data::write_shard(folder_ / name, {sample, sample}, 0);
  }
  auto config = config_;
  config.base.text_width = 384;
  models::Hybrid network(config.base);
  nn::save_weights(*network, weights_, torch::kFloat);
  config.lora.rank = 2;
  config.shard_size = 16;
  config.shards = folder_.path().string();
  config.text_encoder = std::string(IMAGINE_SOURCE_DIR) + "/models/imagine-small/text_encoder";
  config.phases = {{.views = 40, .resolution = 16, .batch = 4, .learning_rate = 1e-2}};
  config.warm_up = 0;
  config.dtype = "fp32";
  const auto run = [&](const char* out, const OnProgress& on_progress) {
    config.out = (folder_ / out).string();
    train(config, on_progress);
    return nn::read_lora(io::SafetensorsFile(folder_ / out / "stage" / "lora.safetensors"),
                         {.prefix = "", .layers = nn::changeable_layers(*network)});
  };
  const auto always = [](const Progress&) { return true; };
  const auto lora = run("whole", always);
  EXPECT_THROW(run("broken", [](const Progress& p) { return p.update < 4; }), Interrupted);
  const auto resumed = run("broken", always);
  ASSERT_EQ(lora.size(), resumed.size());
  double change = 0;
  for (const auto& [layer, pair] : lora) {
    EXPECT_TRUE(torch::equal(pair.up, resumed.at(layer).up)) << layer;
    change += pair.change().norm().item<double>();
  }
  EXPECT_GT(change, 0);
  EXPECT_NO_THROW(nn::merge(*network, {{lora}}));

  const auto files = models::files_of_lora(folder_ / "whole/stage");
  EXPECT_THAT(files, testing::ElementsAre(folder_ / "whole/stage/lora.safetensors"));
  const std::vector<LoraUse> use = {{.file = files[0]}};
  EXPECT_NO_THROW(models::check_made_for(to_json(config.base), use));
  auto deeper = config.base;
  deeper.depth = 2;  // its first block has the same layers
  EXPECT_THAT([&] { models::check_made_for(to_json(deeper), use); },
              ThrowsMessage<FormatError>(
                  HasSubstr("expected changes of a network with depth 2, got one with 1")));
}

}  // namespace
}  // namespace imagine::train
