#include "train/trainer.h"

#include <fstream>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "data/shard.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/safetensors.h"
#include "io/tar.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

namespace fs = std::filesystem;

Image plain(std::uint8_t red, std::uint8_t blue) {
  Image image{.width = 16, .height = 16, .rgb = {}};
  for (int i = 0; i < 16 * 16; ++i) image.rgb.insert(image.rgb.end(), {red, 40, blue});
  return image;
}

void write_shard(const fs::path& path) {
  const auto sample = [](const Image& image, const std::string& caption) {
    return data::Sample{
        .key = caption, .domain = "plain", .image = image, .captions = {{caption, "en"}}};
  };
  data::write_shard(path, {sample(plain(200, 30), "red"), sample(plain(30, 200), "blue")}, 0);
}

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    write_shard(folder_.path() / "train-16-plain-00000.tar");
    write_shard(folder_.path() / "heldout-16-plain-00000.tar");
  }

  TrainConfig config(const std::string& out, const std::string& optimizer = "adamw") const {
    TrainConfig config;
    config.out = (folder_.path() / out).string();
    config.shards = folder_.path().string();
    config.shard_size = 16;
    config.text_encoder = std::string(IMAGINE_SOURCE_DIR) + "/models/imagine-small/text_encoder";
    config.base = {.size = 16, .stem = 8, .width = 16, .depth = 1, .heads = 2, .text_depth = 1};
    config.phases = {{.views = 24, .resolution = 8, .batch = 2, .accumulate = 2},
                     {.views = 16, .resolution = 16, .batch = 2, .final_learning_rate = 0}};
    config.optimizer.kind = optimizer;
    config.warm_up = 2;
    config.dtype = "fp32";
    return config;
  }

  Tensor weights(const std::string& out) const {
    const io::SafetensorsFile file(*newest_checkpoint(folder_.path() / out / "checkpoints"));
    return nn::tensor_of(file, "master").clone();
  }

  io::TemporaryFolder folder_;
};

TEST_F(TrainerTest, TellsItsPaceAndTheTimeLeftFromTheSecondUpdateOn) {
  const auto run = config("paced");
  const auto expect_pace = [](const Progress& p, int64_t first) {
    const bool known = p.update >= first + 2;
    EXPECT_EQ(p.loss > 0, p.update > first) << p.update;
    EXPECT_EQ(p.images_per_second > 0, known) << p.update;
    EXPECT_EQ(p.seconds_left > 0, known && p.update < p.updates) << p.update;
  };
  const auto stop = [&](const Progress& p) { return expect_pace(p, 0), p.update < 5; };
  EXPECT_THROW(train(run, stop), Interrupted);
  train(run, [&](const Progress& p) { return expect_pace(p, p.update < 5 ? p.update : 5), true; });
}

TEST_F(TrainerTest, AResumedRunEqualsTheUninterruptedOne) {
  for (const std::string optimizer : {"adamw", "muon"}) {
    train(config(optimizer + "-whole", optimizer), [](const Progress&) { return true; });
    const auto broken = config(optimizer + "-broken", optimizer);
    int asked = 0;  // the second time is between the two passes of an update
    const auto stop = [&](const Progress& p) { return p.update < 4 || ++asked < 2; };
    EXPECT_THROW(train(broken, stop), Interrupted);
    train(broken, [](const Progress&) { return true; });
    EXPECT_TRUE(torch::equal(weights(optimizer + "-whole"), weights(optimizer + "-broken")));
    EXPECT_TRUE(
        fs::exists(folder_.path() / (optimizer + "-whole") / "stage" / "model.safetensors"));
  }
}

TEST_F(TrainerTest, TheLogEndsWithTheRun) {
  train(config("short"), [](const Progress&) { return true; });
  const auto entry = io::read_json(folder_.path() / "short" / "log.jsonl");  // its only line
  EXPECT_EQ(entry["update"], 6 + 8);
  EXPECT_GT(entry["held_out_loss"], 0);
}

TEST_F(TrainerTest, ALongRunGoesOnWithoutTheMeanLossOfItsFirstPart) {
  auto run = config("long");
  run.phases = {{.views = 310, .resolution = 8, .batch = 1}};
  EXPECT_THROW(train(run, [](const Progress& p) { return p.update < 305; }), Interrupted);
  EXPECT_NO_THROW(train(run, [](const Progress&) { return true; }));
}

TEST_F(TrainerTest, ACheckpointOfAnotherConfigurationIsRefused) {
  train(config("run"), [](const Progress&) { return true; });
  auto other = config("run");
  other.seed = 8;
  EXPECT_THROW(train(other, [](const Progress&) { return true; }), ConfigError);
}

TEST_F(TrainerTest, OnlyThePhasesAheadMayChange) {
  const auto always = [](const Progress&) { return true; };
  auto longer = config("run");
  EXPECT_THROW(train(longer, [](const Progress& p) { return p.update < 4; }), Interrupted);
  longer.phases[0].batch = 4;
  EXPECT_THAT([&] { train(longer, always); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("16 pictures in 4 updates")));
  longer = config("run");
  longer.phases[0].views = 28;
  longer.phases[1].learning_rate = 1e-3;
  int64_t updates = 0;
  train(longer, [&](const Progress& p) { return updates = p.update, true; });
  EXPECT_EQ(updates, 7 + 8);
}

TEST_F(TrainerTest, ALossThatIsNotANumberNamesTheUpdateAndTheCheckpoint) {
  auto wild = config("wild");
  wild.phases[0].learning_rate = wild.phases[0].final_learning_rate = 1;
  wild.optimizer.weight_decay = 1e30;
  EXPECT_THAT([&] { train(wild, [](const Progress&) { return true; }); },
              testing::ThrowsMessage<Error>(testing::AllOf(testing::HasSubstr("training: update"),
                                                           testing::HasSubstr("checkpoint"))));
}

TEST_F(TrainerTest, GoesOnInAStreamWhereItWas) {
  const auto streamed = [&](const std::string& out) {
    auto run = config(out);
    run.shards = "nowhere";
    run.stream.shards = {(folder_.path() / "train-16-plain-00000.tar").string(),
                         (folder_.path() / "heldout-16-plain-00000.tar").string()};
    run.stream.caption = "captions";  // where `imagine dataset` puts them
    return run;
  };
  train(streamed("whole"), [](const Progress&) { return true; });
  EXPECT_TRUE(fs::exists(folder_.path() / "whole" / "shards.index"));
  EXPECT_THROW(train(streamed("broken"), [](const Progress& p) { return p.update < 4; }),
               Interrupted);
  train(streamed("broken"), [](const Progress&) { return true; });
  EXPECT_TRUE(torch::equal(weights("whole"), weights("broken")));
}

TEST_F(TrainerTest, LearnsFromPicturesOfSeveralShapes) {
  const auto path = folder_.path() / "shapes.tar";
  io::TarWriter tar(path);
  for (int i = 0; i < 40; ++i) {
    Image wide{.width = 40, .height = 16, .rgb = std::vector<std::uint8_t>(40 * 16 * 3, 90)};
    if (i % 2) std::swap(wide.width, wide.height);
    tar.add(concat(i, ".png"), io::encode_image(wide, ImageFormat::png));
    tar.add(concat(i, ".txt"), i % 2 ? "tall" : "wide");
  }
  tar.finish();
  auto run = config("shapes");
  run.base.crop_told = true;
  run.stream.shards = {path.string()};
  run.stream.aspects = {"2:1", "1:2"};
  train(run, [](const Progress&) { return true; });
  EXPECT_GT(weights("shapes").norm().item<double>(), 0);
  run.phases[0].resolution = 12;
  EXPECT_THAT([&] { run.validate(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("a multiple of 8")));
  run.stage = "super_resolution";
  EXPECT_THAT([&] { run.validate(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("stream.aspects")));
}

TEST_F(TrainerTest, ASecondRunInItsFolderIsRefused) {
  const auto always = [](const Progress&) { return true; };
  int refused = 0;
  train(config("run"), [&](const Progress& p) {
    if (p.update != 3) return true;
    EXPECT_THAT([&] { train(config("run"), always); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr("nobody else writes to")));
    ++refused;
    return true;
  });
  EXPECT_GT(refused, 0);
  train(config("whole"), always);
  EXPECT_TRUE(torch::equal(weights("run"), weights("whole")));
  EXPECT_FALSE(fs::exists(folder_ / "run/.imagine.lock"));
}

TEST_F(TrainerTest, SuperResolutionShowsHeldOutPictures) {
  for (const std::string stage : {"super_resolution", "efficient_unet"}) {
    auto run = config(stage);
    run.stage = stage;
    run.super_resolution = {.factor = 2, .width = 8, .blocks = 1};
    run.efficient_unet = {
        .factor = 2, .width = 8, .multipliers = {1, 2}, .blocks = {1, 1}, .heads = 2};
    run.phases = {{.views = 4, .resolution = 16, .batch = 2}};
    train(run, [](const Progress&) { return true; });
    const auto path = folder_ / stage / "previews/views-4.png";
    const auto sheet = io::decode_image(io::read_file(path), path.string());
    EXPECT_EQ(sheet.width / 160, 3);  // bicubic, network, truth
  }
}

TEST_F(TrainerTest, TellsWhatItSkipped) {
  const auto path = folder_.path() / "some.tar";
  io::TarWriter tar(path);
  for (int i = 0; i < 4; ++i) {
    tar.add(concat(i, ".png"),
            i == 1 ? "no picture" : io::encode_image(plain(200, 30), ImageFormat::png));
    tar.add(concat(i, ".txt"), "red");
  }
  tar.finish();
  auto run = config("skipping");
  run.stream.shards = {path.string()};
  std::string told;
  train(run, [&](const Progress& p) {
    if (p.event.starts_with("skipped")) told = p.event;
    return true;
  });
  EXPECT_THAT(told, testing::MatchesRegex("skipped [0-9]+ samples?, broken picture: .*some.tar: 1: "
                                          "expected .*"));
}

TEST_F(TrainerTest, TrainsOnTheStatesOfAT5) {
  auto run = config("t5");
  run.text_encoder = std::string(IMAGINE_SOURCE_DIR) + "/tests/data/tiny-if/stage1/text_encoder";
  run.base.text_width = 32;
  EXPECT_NO_THROW(train(run, [](const Progress&) { return true; }));
}

TEST_F(TrainerTest, MissingShardsAreNamed) {
  auto lost = config("lost");
  lost.shards = (folder_.path() / "nowhere").string();
  EXPECT_THAT([&] { train(lost, [](const Progress&) { return true; }); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("train-16-*.tar")));
}

TEST(TrainConfig, NamesTheFieldThatIsWrong) {
  TrainConfig config;
  config.phases[0].batch = 0;
  EXPECT_THAT([&] { config.validate(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("phases[0].batch")));
}

TEST(TrainConfig, PhasesFollowEachOtherWithTheirRates) {
  TrainConfig config;
  config.warm_up = 0;
  config.phases = {{.views = 10, .batch = 2, .learning_rate = 1, .final_learning_rate = 0},
                   {.views = 4, .batch = 4, .learning_rate = 0.5, .final_learning_rate = 0.5}};
  EXPECT_EQ(count_updates(config), 6);
  EXPECT_EQ(views_before(config, 3), 6);
  EXPECT_EQ(views_before(config, 6), 14);
  EXPECT_DOUBLE_EQ(position_at(config, 0).learning_rate, 1);
  EXPECT_DOUBLE_EQ(position_at(config, 4).learning_rate, 0.2);
  EXPECT_EQ(position_at(config, 5).phase_index, 1);
  EXPECT_DOUBLE_EQ(position_at(config, 5).learning_rate, 0.5);
}

}  // namespace
}  // namespace imagine::train
