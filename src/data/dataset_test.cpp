#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "core/check.h"
#include "data/fake_packages.h"
#include "data/shard.h"
#include "imagine/error.h"
#include "io/json_file.h"

namespace imagine::data {
namespace {

class Dataset : public testing::Test {
 protected:
  Dataset() { write_fake_packages(packages_.path()); }

  static DatasetOptions tiny() {
    DatasetOptions options{.rows = 60, .seed = 5, .sizes = {16}, .scenes = 0, .grounds = 0};
    options.objects.emoji = 0;
    options.rows_per_shard = 25;
    return options;
  }

  void build(
      const io::TemporaryFolder& out, const DatasetOptions& options,
      const OnBuildProgress& progress = [](const auto&) { return true; }) const {
    build_dataset({packages_.path(), out.path()}, options, {"objects"}, progress);
  }

  static void expect_equal(const io::TemporaryFolder& a, const io::TemporaryFolder& b) {
    for (const auto& name :
         {"train-16-objects-00000.tar", "train-16-objects-00001.tar", "train-16-objects-00002.tar",
          "heldout-16-objects-00000.tar", "manifest.json"}) {
      EXPECT_TRUE(io::read_file(a / name) == io::read_file(b / name)) << name;
    }
  }

  io::TemporaryFolder packages_;
};

TEST_F(Dataset, SameCommandSameBytes) {
  const io::TemporaryFolder a, b, other;
  build(a, tiny());
  build(b, tiny());
  expect_equal(a, b);
  auto options = tiny();
  options.seed = 6;
  build(other, options);
  EXPECT_FALSE(io::read_file(a / "train-16-objects-00000.tar") ==
               io::read_file(other / "train-16-objects-00000.tar"));
}

TEST_F(Dataset, AStoppedBuildGoesOnToTheSameBytes) {
  const io::TemporaryFolder whole, stopped;
  build(whole, tiny());
  const auto until = [](int rows) {
    return [rows](const BuildProgress& progress) { return progress.done < rows; };
  };
  EXPECT_THROW(build(stopped, tiny(), until(1)), Interrupted);
  EXPECT_THROW(build(stopped, tiny(), until(40)), Interrupted);
  EXPECT_THAT(stopped.names(), testing::Not(testing::Contains("heldout-16-objects-00000.tar")));
  build(stopped, tiny());
  expect_equal(whole, stopped);
}

TEST_F(Dataset, FinishedShardsAreKept) {
  const io::TemporaryFolder out;
  build(out, tiny());
  const auto shard = out / "train-16-objects-00001.tar";
  const auto written = io::fs::last_write_time(shard);
  io::fs::remove(out / "train-16-objects-00000.tar");
  int total = 0;
  build(out, tiny(), [&](const BuildProgress& progress) {
    total = progress.total;
    return true;
  });
  EXPECT_EQ(total, 25);
  EXPECT_EQ(io::fs::last_write_time(shard), written);
}

TEST_F(Dataset, BadInputLeavesNoFolderWithoutShardsAndKeepsThoseThatAreMade) {
  const io::TemporaryFolder folder;
  const auto out = folder / "data", shard = out / "train-16-objects-00000.tar";
  const auto build_from = [&](const io::fs::path& packages) {
    build_dataset({packages, out}, tiny(), {"objects"}, [&](const BuildProgress&) {
      check<InputError>(!io::fs::exists(shard), "too much");
      return true;
    });
  };
  EXPECT_THROW(build_from(folder / "nowhere"), InputError);
  EXPECT_FALSE(io::fs::exists(out));
  EXPECT_THROW(build_from(packages_.path()), InputError);
  EXPECT_TRUE(io::fs::exists(shard));
}

TEST_F(Dataset, OtherOptionsNeedAnotherFolder) {
  const io::TemporaryFolder out;
  build(out, tiny());
  auto options = tiny();
  options.rows = 61;
  EXPECT_THROW(build(out, options), ConfigError);
}

TEST_F(Dataset, ShardsHoldWhatTheManifestSays) {
  const io::TemporaryFolder out;
  build(out, tiny());
  const Json manifest = io::read_json(out / "manifest.json");
  EXPECT_EQ(manifest["complete"], true);
  int rows = 0;
  std::set<std::string> keys;
  for (const Json& shard : manifest["shards"]) {
    read_shard(out / std::string(shard["file"]), [&](const Sample& sample) {
      ++rows;
      keys.insert(sample.key);
      EXPECT_EQ(sample.image.width, 16);
      EXPECT_EQ(sample.held_out, shard["held_out"]);
      EXPECT_FALSE(sample.captions.empty());
    });
  }
  EXPECT_EQ(rows, 60 + 16);
  EXPECT_EQ(keys.size(), 76u);
  EXPECT_FALSE(manifest["excluded_emojis"].empty());
  EXPECT_FALSE(manifest["packages"].empty());
}

TEST(ShardPlan, PartsShareTheRows) {
  int objects = 0, scenes = 0;
  for (const auto& plan : plan_shards({.rows = 40000, .sizes = {64}}, {"objects", "scenes"})) {
    if (plan.split == Split::train) (plan.part == "scenes" ? scenes : objects) += plan.rows;
  }
  EXPECT_EQ(scenes, 12000);
  EXPECT_EQ(objects, 28000);
}

TEST(ShardPlan, RefusesWhatCannotBe) {
  EXPECT_THROW(plan_shards({}, {"videos"}), InputError);
  EXPECT_THROW(plan_shards({.rows = 0}, {"objects"}), ConfigError);
  EXPECT_THROW(plan_shards({.sizes = {}}, {"objects"}), ConfigError);
  EXPECT_THROW(plan_shards({.sizes = {-64}}, {"objects"}), ConfigError);
  EXPECT_THROW(plan_shards({.scenes = -1}, {"objects"}), ConfigError);
  EXPECT_THROW(plan_shards({.rows_per_shard = 0}, {"objects"}), ConfigError);
}

}  // namespace
}  // namespace imagine::data
