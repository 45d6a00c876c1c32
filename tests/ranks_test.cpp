// Several processes train as one does: `mpirun imagine train`, as a user starts it.

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "data/shard.h"
#include "io/json_file.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"
#include "shell.h"
#include "train/checkpoint.h"
#include "train/config.h"

namespace imagine::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class RanksTest : public testing::Test {
 protected:
  RanksTest() {
    for (const char* split : {"train", "heldout"}) {
      std::vector<data::Sample> samples;
      for (int i = 0; i < 6; ++i) {
        Image image{.width = 16, .height = 16, .rgb = {}};
        for (int p = 0; p < 16 * 16 * 3; ++p) image.rgb.push_back(std::uint8_t(p * (i + 1)));
        const auto caption = concat("picture ", i);
        samples.push_back({.key = caption,
                           .domain = "plain",
                           .image = image,
                           .captions = {{caption, "en"}, {caption + " again", "en"}}});
      }
      data::write_shard(folder_.path() / concat(split, "-16-plain-00000.tar"), samples, 0);
    }
  }

  TrainConfig config(const std::string& out) const {
    TrainConfig config;
    config.out = (folder_.path() / out).string();
    config.shards = folder_.path().string();
    config.shard_size = 16;
    config.text_encoder = std::string(IMAGINE_SOURCE_DIR) + "/models/imagine-small/text_encoder";
    config.base = {.size = 16, .stem = 8, .width = 16, .depth = 2, .heads = 2, .text_depth = 1};
    config.phases = {{.views = 500, .resolution = 16, .batch = 5}};
    config.optimizer.kind = "muon";
    config.warm_up = 2;
    config.dtype = "fp32";
    return config;
  }

  /// The command that trains it.
  std::string training(const TrainConfig& config) const {
    const auto path = config.out + ".json";
    io::write_json(path, to_json(config));
    return std::string(IMAGINE_PROGRAM) + " train " + path;
  }

  Ended train_on(int ranks, const TrainConfig& config) const {
    return shell(concat(IMAGINE_LAUNCHER, " -n ", ranks, " ", training(config)));
  }

  static Tensor weights(const TrainConfig& config) {
    const io::SafetensorsFile file(*newest_checkpoint(fs::path(config.out) / "checkpoints"));
    return nn::tensor_of(file, "master").clone();
  }

  static double difference(const TrainConfig& run, const TrainConfig& other) {
    const auto expected = weights(other);
    return ((weights(run) - expected).norm() / expected.norm()).item<double>();
  }

  static std::vector<double> losses(const TrainConfig& config) {
    std::vector<double> losses;
    std::ifstream log(fs::path(config.out) / "log.jsonl");
    for (std::string line; std::getline(log, line);) {
      losses.push_back(Json::parse(line)["loss"].get<double>());
    }
    return losses;
  }

  io::TemporaryFolder folder_;
};

TEST_F(RanksTest, AnyNumberOfRanksTrainsTheSame) {
  const auto alone = config("alone");
  ASSERT_EQ(train_on(1, alone).code, 0);
  for (const int ranks : {2, 4}) {
    const auto together = config(concat("ranks-", ranks));
    const auto ended = train_on(ranks, together);
    ASSERT_EQ(ended.code, 0) << ended.said;
    ASSERT_EQ(losses(together).size(), 2);
    for (int i = 0; i < 2; ++i) EXPECT_NEAR(losses(together)[i], losses(alone)[i], 1e-4);
  }
}

TEST_F(RanksTest, AnyNumberOfRanksGoesOnFromOneCheckpoint) {
  auto whole = config("whole"), parts = config("parts");
  whole.phases[0].views = 60;
  ASSERT_EQ(train_on(1, whole).code, 0);
  for (const auto& [ranks, views] : {std::pair{2, 20}, {3, 40}, {1, 60}}) {
    parts.phases[0].views = views;
    ASSERT_EQ(train_on(ranks, parts).code, 0);
  }
  EXPECT_LT(difference(parts, whole), 1e-3);  // as between one thread and two: rounding
}

TEST_F(RanksTest, AKilledRankEndsAllAndTheSameCommandGoesOn) {
  auto run = config("killed");
  run.checkpoint_minutes = 0;
  const auto die =
      concat("'if [ $OMPI_COMM_WORLD_RANK = 1 ]; then while ! ls ", run.out,
             "/checkpoints/*5.safetensors; do sleep 0.05; done; kill -9 $$; fi & exec ",
             training(run), "'");
  const auto killed = shell(concat(IMAGINE_LAUNCHER, " -n 2 sh -c ", die, " 2>&1"));
  EXPECT_NE(killed.code, 0);
  EXPECT_THAT(killed.said, HasSubstr("signal 9"));
  const auto ended = train_on(2, run);
  ASSERT_EQ(ended.code, 0) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("goes on from"));
  const auto whole = config("whole");
  ASSERT_EQ(train_on(2, whole).code, 0);
  EXPECT_LT(difference(run, whole), 1e-4);
}

TEST_F(RanksTest, OneLineSaysThatTheRanksDiffer) {
  auto other = config("same");
  const auto first = training(other);
  other.seed = 8;
  io::write_json(folder_.path() / "other.json", to_json(other));
  const auto second = concat(IMAGINE_PROGRAM, " train ", (folder_.path() / "other.json").string());
  const auto ended = shell(concat(IMAGINE_LAUNCHER, " -q -n 1 ", first, " : -n 1 ", second));
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.said, HasSubstr("imagine: ranks: expected the same training everywhere, got "
                                    "another on rank 1 than on rank 0\n"));
}

TEST_F(RanksTest, ABatchHasAPictureForEachRank) {
  auto small = config("small");
  small.phases[0].batch = 2;
  const auto ended = train_on(3, small);
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.said, HasSubstr("at least one picture for each of 3 ranks, got 2"));
}

TEST_F(RanksTest, ASecondTrainingOfOneFolderIsRefusedWhileTheFirstGoesOn) {
  auto run = config("twice");
  run.checkpoint_minutes = 0;
  run.phases[0].views = 1'000'000;
  const auto command = training(run);
  const auto until_it_trains =
      concat("while ! ls ", run.out, "/checkpoints/*[1-9].safetensors; do sleep 0.05; done");
  for (const auto& second : {command, concat(IMAGINE_LAUNCHER, " -n 2 ", command)}) {
    const auto ended = shell(concat("sh -c '", command, " & first=$!; ", until_it_trains, "; ",
                                    second, "; echo second $?; kill $first; wait $first; ",
                                    "echo first $?; ls -A ", run.out, "'"));
    EXPECT_THAT(ended.said, HasSubstr(run.out + ": expected a folder that nobody else writes to"));
    EXPECT_THAT(ended.said, HasSubstr("second 2"));
    EXPECT_THAT(ended.said, HasSubstr("first 130"));
    EXPECT_THAT(ended.said, Not(HasSubstr(".imagine.lock\n")));
    EXPECT_EQ(ended.said.find("nobody else"), ended.said.rfind("nobody else")) << ended.said;
  }
}

TEST_F(RanksTest, OfTwoThatStartTogetherOneTrains) {
  auto run = config("together");
  run.checkpoint_minutes = 0;
  run.phases[0].views = 1'000'000;
  const auto both = shell(concat("bash -c '", training(run), " & ", training(run),
                                 " & wait -n; echo ended $?; while ! ls ", run.out,
                                 "/checkpoints/*[1-9].safetensors; do sleep 0.05; done; ",
                                 "kill $(jobs -p); wait -n; echo ended $?'"));
  EXPECT_THAT(both.said, HasSubstr("nobody else writes to"));
  EXPECT_THAT(both.said, HasSubstr("ended 2\n"));
  EXPECT_THAT(both.said, HasSubstr("ended 130\n"));
}

TEST_F(RanksTest, WhoIsStartedByALauncherThatMpiDoesNotKnowSaysWhatToDo) {
  auto run = config("unknown");
  for (const std::string environment :
       {"PMI_SIZE=2 PMI_RANK=0 ", "PMI_SIZE=2 PMI_RANK=1 ", "PMIX_RANK=1 ",
        "SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 ",
        "SLURM_STEP_ID=0 SLURM_NTASKS=3 SLURM_PROCID=2 "}) {
    const auto ended = shell(environment + training(run));
    EXPECT_EQ(ended.code, 2) << environment << ended.said;
    EXPECT_THAT(ended.said, HasSubstr("imagine: ranks: expected MPI to join")) << environment;
    EXPECT_THAT(ended.said, HasSubstr("mpirun"));
    EXPECT_FALSE(fs::exists(run.out));
  }
  run.phases[0].views = 5;
  const auto allocated = shell("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_NPROCS=4 " + training(run));
  EXPECT_EQ(allocated.code, 0) << allocated.said;
}

TEST_F(RanksTest, OneOfThemSaysWhatIsWrong) {
  const auto nowhere =
      shell(concat(IMAGINE_LAUNCHER, " -n 2 ", IMAGINE_PROGRAM, " train /nowhere.json"));
  EXPECT_NE(nowhere.code, 0);
  const auto told = nowhere.said.find("imagine: /nowhere.json: cannot read");
  ASSERT_NE(told, std::string::npos) << nowhere.said;
  EXPECT_EQ(nowhere.said.find("cannot read", told + 40), std::string::npos) << nowhere.said;
  const auto distill = shell(concat(IMAGINE_LAUNCHER, " -n 2 ", IMAGINE_PROGRAM,
                                    " distill --out /nowhere/out --shards /nowhere"));
  EXPECT_THAT(distill.said, HasSubstr("distill: expected one process, got 2 ranks"));
}

}  // namespace
}  // namespace imagine::train
