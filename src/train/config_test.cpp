#include "train/config.h"

#include <cmath>
#include <functional>
#include <gmock/gmock.h>

#include "core/fields.h"
#include "data/shard_plan.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "train/trained_stages.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

void expect_refusal(const std::string& message, const std::function<void(TrainConfig&)>& change) {
  TrainConfig config;
  config.phases.resize(2);
  config.validate();
  change(config);
  EXPECT_THAT([&] { config.validate(); }, ThrowsMessage<ConfigError>(HasSubstr(message)));
}

TEST(TrainConfig, TellsWhatCanBeTrained) {
  const TrainConfig config;
  std::string told;
  TrainConfig::fields(config, [&](const std::string& name, const auto&, const char* meaning) {
    if (name == "stage") told = meaning;
  });
  for (const auto& stage : trained_stages()) {
    EXPECT_THAT(told, HasSubstr(std::string(stage.name)));
  }
}

TEST(TrainConfig, NamesTheFieldOfTheRun) {
  using Config = TrainConfig;
  expect_refusal(
      "stage: expected base, distillation, control, super_resolution, efficient_unet, "
      "deepfloyd_if, minit2i "
      "or "
      "minit2i_distillation, got "
      "\"photo\"",
      [](Config& c) { c.stage = "photo"; });
  expect_refusal("phases: expected at least one", [](Config& c) { c.phases.clear(); });
  expect_refusal("ema: expected at least one", [](Config& c) { c.ema.clear(); });
  expect_refusal("caption_drop: expected 0 .. 1, got 1.5", [](Config& c) { c.caption_drop = 1.5; });
  expect_refusal("augmentation: expected 0 .. 1", [](Config& c) { c.augmentation = NAN; });
  expect_refusal("warm_up: expected 0 or more updates, got -1", [](Config& c) { c.warm_up = -1; });
  expect_refusal("size: expected a multiple of 8, got 60", [](Config& c) { c.base.size = 60; });
  expect_refusal("factor: expected 1 .. 16", [](Config& c) { c.super_resolution.factor = 17; });
  expect_refusal("optimizer.kind", [](Config& c) { c.optimizer.kind = "sgd"; });
  expect_refusal("recompute: expected false for super_resolution", [](Config& c) {
    c.stage = "super_resolution";
    c.recompute = true;
  });
}

TEST(TrainConfig, NamesTheFieldOfThePhase) {
  const auto expect = [](const std::string& message, const std::function<void(Phase&)>& change) {
    expect_refusal("phases[1]." + message, [&](TrainConfig& c) { change(c.phases[1]); });
  };
  expect("views: expected 1 ..", [](Phase& p) { p.views = 0; });
  expect("resolution: expected 8 .. 1024, got 7", [](Phase& p) { p.resolution = 7; });
  expect("batch: expected 1 .. 65536", [](Phase& p) { p.batch = 1 << 17; });
  expect("accumulate: expected 1 .. 65536, got -2", [](Phase& p) { p.accumulate = -2; });
  expect("learning_rate: expected 0 .. 1, got 2", [](Phase& p) { p.learning_rate = 2; });
  expect("final_learning_rate", [](Phase& p) { p.final_learning_rate = -1e-3; });
  expect("noise_mean: expected -10 .. 10", [](Phase& p) { p.noise_mean = NAN; });
  expect("noise_std: expected 0 .. 10, got 11", [](Phase& p) { p.noise_std = 11; });
}

class TrainConfigFileTest : public testing::Test {
 protected:
  TrainConfig read(const std::string& json) const {
    io::write_file(path_, json);
    return read_train_config(path_);
  }

  template <class Error>
  void expect_error(const std::string& json, const std::string& message) const {
    EXPECT_THAT([&] { read(json); },
                ThrowsMessage<Error>(AllOf(HasSubstr(path_), HasSubstr(message))));
  }

  io::TemporaryFolder folder_;
  const std::string path_ = (folder_ / "run.json").string();
};

TEST_F(TrainConfigFileTest, IsReadAsItWasWritten) {
  TrainConfig config;
  config.shard_size = 256;
  config.phases = {{.views = 7, .weights = {{"emoji", 2}, {"scene", 0.5}}}, {.noise_mean = 1}};
  config.ema = {0.2};
  config.preview_prompts = {"a red cube", "una mela"};
  const auto json = to_json(config);
  EXPECT_EQ(to_json(read(json.dump())), json);
}

TEST_F(TrainConfigFileTest, KeepsTheDefaultsOfWhatItLeavesOut) {
  const auto config = read(R"({"phases": [{"batch": 3}, {}], "optimizer": {"clip": 0}})");
  TrainConfig expected;
  expected.phases = {{.batch = 3}, {}};
  expected.optimizer.clip = 0;
  EXPECT_EQ(to_json(config), to_json(expected));
}

TEST_F(TrainConfigFileTest, SuperResolutionShowsHeldOutPicturesAndNoPrompts) {
  for (const char* stage : {"super_resolution", "efficient_unet"}) {
    const auto json = concat(R"({"stage": ")", stage, '"');
    EXPECT_NO_THROW(read(json + "}"));
    expect_error<ConfigError>(json + R"(, "preview_prompts": ["a"]})", "preview_prompts: expected");
  }
}

TEST_F(TrainConfigFileTest, NamesAnUnknownKey) {
  expect_error<ConfigError>(R"({"speed": 1})", "unknown key \"speed\"");
  expect_error<ConfigError>(R"({"base": {"speed": 1}})", "base: unknown key \"speed\"");
}

TEST_F(TrainConfigFileTest, NamesAValueOfAnotherType) {
  expect_error<ConfigError>(R"({"warm_up": "many"})", "warm_up: expected a value like 200");
  expect_error<ConfigError>(R"({"seed": 1.5})", "seed: expected a value like 0, got 1.5");
  expect_error<ConfigError>(R"({"seed": -1})", "seed: expected a value like 0, got -1");
  expect_error<ConfigError>(R"({"warm_up": 18446744073709551615})", "warm_up: expected");
  expect_error<ConfigError>(R"({"ema": 0.1})", "ema: expected");
  expect_error<ConfigError>(R"({"phases": {}})", "phases: expected a JSON array, got object");
  expect_error<ConfigError>(R"({"phases": [{}, {"batch": 2.5}]})", "phases[1]: batch: expected");
}

TEST_F(TrainConfigFileTest, NamesAValueOutOfRange) {
  expect_error<ConfigError>(R"({"phases": [{}, {"batch": 0}]})", "phases[1].batch: expected 1");
}

TEST_F(TrainConfigFileTest, IsNamedWhereItIsMissingOrNoJson) {
  EXPECT_THAT([&] { read_train_config(path_); }, ThrowsMessage<FormatError>(HasSubstr(path_)));
  expect_error<FormatError>("{\"seed\": ", "expected JSON");
}

TEST(TrainConfigFile, ThoseOfTheProjectReadWhatADatasetHolds) {
  int count = 0;
  const auto folder = io::fs::path(IMAGINE_SOURCE_DIR) / "configs";
  for (const auto& entry : io::fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const auto config = read_train_config(entry.path().string());
    EXPECT_GT(count_updates(config), 0) << entry.path();
    if (config.stream.shards.empty()) {
      EXPECT_THAT(data::DatasetOptions{}.sizes, Contains(config.shard_size)) << entry.path();
    }
    ++count;
  }
  EXPECT_GE(count, 2);
}

}  // namespace
}  // namespace imagine::train
