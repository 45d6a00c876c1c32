#include "train/run_model.h"

#include <functional>
#include <gmock/gmock.h>

#include "data/shard.h"
#include "imagine/engine.h"
#include "io/sibling_folder.h"
#include "models/tiny_model.h"
#include "train/trainer.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const auto kGoOn = [](const Progress&) { return true; };

class RunModelTest : public testing::Test {
 protected:
  RunModelTest() {
    for (const int side : {32, 64}) {
      const Image grey{.width = side,
                       .height = side,
                       .rgb = std::vector<std::uint8_t>(std::size_t(side) * side * 3, 90)};
      const data::Sample sample{
          .key = "k", .domain = "plain", .image = grey, .captions = {{"grey", "en"}}};
      for (const char* split : {"train-", "heldout-"}) {
        data::write_shard(folder_ / concat(split, side, "-plain-00000.tar"), {sample, sample}, 0);
      }
    }
  }

  /// A run of a few updates that go far.
  TrainConfig config(const std::string& out, const Json& more) const {
    Json json = {{"out", (folder_ / out).string()},
                 {"shards", folder_.path().string()},
                 {"shard_size", 32},
                 {"text_encoder", (model_.path() / "text_encoder").string()},
                 {"warm_up", 0},
                 {"phases", {{{"views", 8}, {"resolution", 32}, {"batch", 2}}}}};
    json["phases"][0]["learning_rate"] = 0.05;
    json.update(more);
    io::write_json(folder_ / "run.json", json);
    return read_train_config((folder_ / "run.json").string());
  }

  io::fs::path trained(const std::string& out, const Json& more) const {
    const auto run = config(out, more);
    train(run, kGoOn);
    return model_of_run(run).value();
  }

  std::string start() const { return model_.path().string(); }

  static std::vector<std::uint8_t> drawn(const io::fs::path& model, int size = 64) {
    const Request request{.prompt = "grey", .size = size};
    return Engine({.dtype = "fp32"}).draw(Model::open(model), request).at(0).image.rgb;
  }

  static io::Bytes weights(const io::fs::path& stage) {
    return io::read_file(stage / "model.safetensors");
  }

  io::TemporaryFolder folder_;
  models::TinyModel model_;
};

TEST_F(RunModelTest, TheStartingModelWithTheNewBaseDrawsOtherPictures) {
  const auto model = trained("mine", {{"start_from", start()}});
  EXPECT_EQ(model, folder_ / "mine" / "model");
  EXPECT_NE(drawn(model), drawn(model_.path()));
  EXPECT_EQ(weights(model / "base"), weights(folder_ / "mine" / "stage"));
  EXPECT_EQ(weights(model / "upscaler"), weights(model_.path() / "upscaler"));
  const auto file = models::read_model_file(model);
  EXPECT_EQ(file.name, "mine");
  EXPECT_EQ(file.trained_from, "tiny");
  EXPECT_EQ(file.default_size, 64);
  EXPECT_THAT(io::read_file(model / "README.md"), HasSubstr("trained on 8 pictures"));
}

TEST_F(RunModelTest, ItOutlivesTheModelThatItCameFromAndItsOwnPlace) {
  const auto before = drawn(trained("mine", {{"start_from", start()}}));
  const auto moved = folder_ / "elsewhere";
  io::fs::rename(folder_ / "mine" / "model", moved);
  io::fs::remove_all(folder_ / "mine");
  io::fs::remove_all(model_.path() / "upscaler");
  EXPECT_EQ(drawn(moved), before);
}

TEST_F(RunModelTest, AQuickNetworkThatAnotherBaseTaughtIsLeftOut) {
  io::copy_folder(model_.path() / "base", model_.path() / "quick");
  auto file = models::read_model_file(model_.path());
  file.stages[0].distilled = {.folder = "quick",
                              .sampling = {.sampler = SamplerName::euler, .steps = 1}};
  io::write_json(model_.path() / "model.json", to_json(file));
  const auto model = trained("mine", {{"start_from", start()}});
  EXPECT_FALSE(models::read_model_file(model).stages[0].distilled.exists());
  EXPECT_FALSE(io::fs::exists(model / "quick"));
  const auto upscaled = trained("up", {{"stage", "super_resolution"},
                                       {"start_from", start()},
                                       {"shard_size", 64},
                                       {"phases", {{{"views", 2}, {"batch", 2}}}}});
  EXPECT_TRUE(models::read_model_file(upscaled).stages[0].distilled.exists());
  EXPECT_EQ(weights(upscaled / "quick"), weights(model_.path() / "quick"));
}

TEST_F(RunModelTest, AControlAdapterStandsBesideItsBase) {
  const auto labelled = folder_ / "labelled";
  io::fs::create_directory(labelled);
  const Image grey{.width = 32, .height = 32, .rgb = std::vector<std::uint8_t>(32 * 32 * 3, 90)};
  data::Sample sample{.key = "k",
                      .domain = "plain",
                      .image = grey,
                      .captions = {{"grey", "en"}},
                      .facts = {{"objects", {{{"noun", "dog"}}}}}};
  sample.labels =
      data::Labels{.side = 32, .things = std::vector<std::uint8_t>(32 * 32, 1), .nearness = {}};
  for (const char* split : {"train-", "heldout-"}) {
    data::write_shard(labelled / concat(split, "32-plain-00000.tar"), {sample, sample}, 0);
  }
  const auto model = trained(
      "controlled", {{"stage", "control"}, {"start_from", start()}, {"shards", labelled.string()}});
  const auto control = models::read_model_file(model).stages[0].control;
  EXPECT_EQ(control.base, models::fingerprint_of(model_.path() / "base"));
  EXPECT_EQ(weights(model / control.folder), weights(folder_ / "controlled" / "stage"));
  EXPECT_EQ(drawn(model), drawn(model_.path())) << "nothing is asked of it";
  EXPECT_TRUE(Model::open(model)->info().takes_control);
  const auto further = trained("base", {{"start_from", model.string()}});
  EXPECT_FALSE(models::read_model_file(further).stages[0].control.exists()) << "of another base";
}

TEST_F(RunModelTest, SuperResolutionTakesItsPlaceToo) {
  const Json more = {
      {"stage", "super_resolution"},
      {"start_from", start()},
      {"shard_size", 64},
      {"phases", {{{"views", 8}, {"batch", 2}, {"resolution", 32}, {"learning_rate", 0.05}}}}};
  const auto model = trained("up", more);
  EXPECT_EQ(weights(model / "base"), weights(model_.path() / "base"));
  EXPECT_EQ(drawn(model, 32), drawn(model_.path(), 32));
  EXPECT_NE(drawn(model), drawn(model_.path()));
}

TEST_F(RunModelTest, ANewNetworkStandsAmongThePartsOfTheEncodersModel) {
  const Json small = {{"size", 16}, {"stem", 8}, {"width", 16}, {"depth", 2}, {"heads", 2}};
  const auto model = trained(
      "new", {{"base", small}, {"phases", {{{"views", 2}, {"batch", 2}, {"resolution", 16}}}}});
  const auto file = models::read_model_file(model);
  EXPECT_EQ(file.trained_from, "");
  EXPECT_EQ(file.stages[0].size, 16);
  EXPECT_EQ(file.stages[1].size, 32);
  EXPECT_EQ(file.default_size, 32);
  EXPECT_EQ(drawn(model, 32).size(), 32u * 32 * 3);
  const auto upscaler = trained("new-up", {{"stage", "super_resolution"},
                                           {"shard_size", 64},
                                           {"super_resolution", {{"factor", 4}, {"width", 8}}},
                                           {"phases", {{{"views", 2}, {"batch", 2}}}}});
  std::vector<int> sizes;
  for (const auto& stage : models::read_model_file(upscaler).stages) sizes.push_back(stage.size);
  EXPECT_THAT(sizes, testing::ElementsAre(32, 128, 512));
  EXPECT_EQ(drawn(upscaler, 128).size(), 128u * 128 * 3);
}

TEST_F(RunModelTest, ABaseWithoutAModelAroundItsEncoderDrawsAlone) {
  io::fs::create_directory_symlink(model_.path() / "text_encoder", folder_ / "encoder");
  const auto model = trained(
      "alone", {{"text_encoder", (folder_ / "encoder").string()},
                {"base", {{"size", 32}, {"stem", 8}, {"width", 16}, {"depth", 1}, {"heads", 2}}}});
  EXPECT_EQ(drawn(model, 32).size(), 32u * 32 * 3);
  EXPECT_THAT([&] { drawn(model, 64); }, ThrowsMessage<InputError>(HasSubstr("size")));
}

TEST_F(RunModelTest, ARunThatGoesOnFromAnotherTakesItsModel) {
  const auto first = trained("first", {{"start_from", start()}});
  const auto second =
      trained("second", {{"start_from", (folder_ / "first/stage/model.safetensors").string()}});
  EXPECT_EQ(models::read_model_file(second).trained_from, "first");
  EXPECT_EQ(weights(second / "upscaler"), weights(model_.path() / "upscaler"));
  EXPECT_NE(drawn(second), drawn(first));
}

TEST_F(RunModelTest, EveryCheckpointBringsItUpToDate) {
  const auto run = config("mine", {{"start_from", start()}});
  EXPECT_THROW(train(run, [](const Progress& p) { return p.update < 3; }), Interrupted);
  const auto model = model_of_run(run).value();
  EXPECT_EQ(weights(model / "base"), weights(folder_ / "mine" / "stage"));
  EXPECT_THAT(io::read_file(model / "README.md"), HasSubstr("trained on 6 pictures"));
  train(run, kGoOn);
  EXPECT_EQ(weights(model / "base"), weights(folder_ / "mine" / "stage"));
  EXPECT_THAT(io::read_file(model / "README.md"), HasSubstr("trained on 8 pictures"));
}

TEST_F(RunModelTest, ARunThatIsOverIsGivenTheModelThatItLacks) {
  const auto run = config("mine", {{"start_from", start()}});
  train(run, kGoOn);
  const auto before = drawn(model_of_run(run).value());
  io::fs::remove_all(folder_ / "mine" / "model");
  train(run, kGoOn);
  EXPECT_EQ(drawn(model_of_run(run).value()), before);
}

TEST_F(RunModelTest, ChangesAreNoModel) {
  const auto run = config("lora", {{"start_from", start()}, {"lora", {{"rank", 2}}}});
  train(run, kGoOn);
  EXPECT_FALSE(model_of_run(run).has_value());
}

}  // namespace
}  // namespace imagine::train
