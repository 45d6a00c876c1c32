#include "train/start.h"

#include <functional>
#include <gmock/gmock.h>

#include "models/tiny_model.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class StartTest : public testing::Test {
 protected:
  std::string model() const { return model_.path().string(); }

  TrainConfig read(const Json& json) const {
    const auto path = folder_ / "run.json";
    io::write_json(path, json);
    return read_train_config(path.string());
  }

  /// The message names the file, the field and both values.
  void expect_contradiction(const Json& json, const std::string& field, const Json& mine,
                            const Json& theirs) const {
    EXPECT_THAT([&] { read(json); },
                ThrowsMessage<ConfigError>(
                    AllOf(HasSubstr("run.json: " + field + ": expected " + theirs.dump()),
                          HasSubstr("config.json"), HasSubstr("got " + mine.dump()))));
  }

  io::TemporaryFolder folder_;
  models::TinyModel model_;
};

TEST_F(StartTest, AModelAStageAndAFileAreTheSame) {
  for (const auto& named : {model(), model() + "/", model() + "/base", model() + "/base/",
                            model() + "/base/model.safetensors"}) {
    const auto start = start_at(named, "base");
    EXPECT_EQ(start.weights.lexically_normal(), model_.path() / "base" / "model.safetensors");
    EXPECT_EQ(start.network.at("width"), 16) << named;
    ASSERT_TRUE(start.at.has_value()) << named;
    EXPECT_EQ(start.at->entry().folder, "base");
    EXPECT_EQ(start.at->model.name, "tiny");
  }
  EXPECT_EQ(start_at(model(), "super_resolution").at->stage, 1u);
  EXPECT_THAT([&] { start_at(model(), "efficient_unet"); },
              ThrowsMessage<ConfigError>(
                  HasSubstr("expected a model with one efficient_unet network, got none")));
}

TEST_F(StartTest, TheNetworkAndTheEncoderAreThoseOfTheWeights) {
  const auto config = read({{"start_from", model()}});
  EXPECT_EQ(to_json(config.base), io::read_json(model_.path() / "base" / "config.json"));
  EXPECT_EQ(config.text_encoder, (model_.path() / "text_encoder").string());
  const auto upscaler = read({{"stage", "super_resolution"}, {"start_from", model()}});
  EXPECT_EQ(upscaler.super_resolution.factor, 2);
  EXPECT_EQ(upscaler.super_resolution.width, 8);
  const auto told = read({{"start_from", model() + "/base"}, {"text_encoder", "elsewhere"}});
  EXPECT_EQ(told.text_encoder, "elsewhere");
}

TEST_F(StartTest, WhatTheConfigSaysMustBeTheSame) {
  EXPECT_EQ(read({{"start_from", model()}, {"base", {{"depth", 1}, {"heads", 2}}}}).base.width, 16);
  const auto with = [&](const char* field, const Json& value) {
    return Json{{"start_from", model()}, {"base", {{field, value}}}};
  };
  for (const char* field : {"stem", "width", "depth", "text_depth", "positions"}) {
    const auto theirs = io::read_json(model_.path() / "base" / "config.json").at(field);
    const auto mine = theirs.get<int>() * 2;
    expect_contradiction(with(field, mine), std::string("base.") + field, mine, theirs);
  }
  expect_contradiction(with("crop_told", true), "base.crop_told", true, false);
  expect_contradiction({{"stage", "super_resolution"},
                        {"start_from", model()},
                        {"super_resolution", {{"factor", 4}}}},
                       "super_resolution.factor", 4, 2);
}

TEST_F(StartTest, WhatNoWeightHasMayDiffer) {
  EXPECT_EQ(read({{"start_from", model()}, {"base", {{"size", 64}}}}).base.size, 64);
  const auto upscaler = read({{"stage", "super_resolution"},
                              {"start_from", model()},
                              {"super_resolution", {{"noise", 0.3}, {"detail", 0.2}}}});
  EXPECT_EQ(upscaler.super_resolution.noise, 0.3);
  EXPECT_EQ(upscaler.super_resolution.detail, 0.2);
}

TEST_F(StartTest, ATeacherIsHeldAgainstTheConfigToo) {
  const auto taught = [&](const Json& base) {
    return Json{{"stage", "distillation"},
                {"base", base},
                {"distillation", {{"teacher", model() + "/base/model.safetensors"}}}};
  };
  EXPECT_EQ(read(taught(Json::object())).base.width, 16);
  expect_contradiction(taught({{"depth", 3}}), "base.depth", 3, 1);
}

TEST_F(StartTest, AModelWithTwoBasesIsAskedForOne) {
  auto file = models::read_model_file(model_.path());
  auto second = file.stages[0];
  second.folder = "second", second.size = 48;
  file.stages.insert(file.stages.begin() + 1, second);
  io::write_json(model_.path() / "model.json", to_json(file));
  EXPECT_THAT([&] { start_at(model(), "base"); },
              ThrowsMessage<ConfigError>(HasSubstr("expected a model with one hybrid network")));
  EXPECT_EQ(start_at(model() + "/base", "base").at->stage, 0u);
}

TEST_F(StartTest, WeightsAloneAreTakenAsTheConfigSays) {
  const auto alone = folder_ / "alone.safetensors";
  io::fs::copy_file(model_.path() / "base" / "model.safetensors", alone);
  const auto config = read({{"start_from", alone.string()}, {"base", {{"depth", 5}}}});
  EXPECT_EQ(config.base.depth, 5);
  EXPECT_FALSE(start_of(config)->at.has_value());
  EXPECT_FALSE(start_of(read(Json::object())).has_value());
}

}  // namespace
}  // namespace imagine::train
