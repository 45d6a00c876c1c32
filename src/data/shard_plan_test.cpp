#include "data/shard_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> files_of(const std::vector<ShardPlan>& plans) {
  std::vector<std::string> files;
  for (const auto& plan : plans) files.push_back(plan.file);
  return files;
}

int rows_of(const std::vector<ShardPlan>& plans, int size, bool held_out) {
  const auto split = held_out ? Split::held_out : Split::train;
  int rows = 0;
  for (const auto& plan : plans) {
    if (plan.size == size && plan.split == split) rows += plan.rows;
  }
  return rows;
}

/// What the ConfigError says; empty if the options are taken.
std::string refusal_of(const DatasetOptions& options) {
  try {
    validate(options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(ShardPlan, HeldOutShardsFollowEachSizeOfEachPart) {
  const DatasetOptions options{.rows = 100, .sizes = {64, 256}};
  EXPECT_THAT(files_of(plan_shards(options, {"scenes", "objects"})),
              ElementsAre("train-64-scenes-00000.tar", "heldout-64-scenes-00000.tar",
                          "train-256-scenes-00000.tar", "heldout-256-scenes-00000.tar",
                          "train-64-objects-00000.tar", "heldout-64-objects-00000.tar",
                          "train-256-objects-00000.tar", "heldout-256-objects-00000.tar"));
  EXPECT_THAT(plan_shards(options, {}), IsEmpty());
}

TEST(ShardPlan, WhatJudgesHasShardsThatTrainingNeverOpens) {
  const DatasetOptions options{.rows = 300, .sizes = {64}};
  const auto plans = plan_shards(options, {"judge"});
  EXPECT_THAT(files_of(plans),
              ElementsAre("judge-64-objects-00000.tar", "judgecheck-64-objects-00000.tar",
                          "judge-64-scenes-00000.tar", "judgecheck-64-scenes-00000.tar"));
  EXPECT_EQ(plans[0].rows, 300);
  EXPECT_EQ(plans[1].rows, 30);
}

TEST(ShardPlan, TheLastShardTakesTheRest) {
  const DatasetOptions options{.rows = 25, .sizes = {64}, .scenes = 0, .rows_per_shard = 10};
  const auto plans = plan_shards(options, {"objects"});
  ASSERT_EQ(plans.size(), 5u);
  EXPECT_EQ(plans[2].file, "train-64-objects-00002.tar");
  EXPECT_EQ(plans[2].first, 20);
  EXPECT_EQ(plans[2].rows, 5);
  EXPECT_EQ(plans[2].split, Split::train);
  EXPECT_EQ(plans[4].file, "heldout-64-objects-00001.tar");
  EXPECT_EQ(plans[4].first, 10);
  EXPECT_EQ(plans[4].rows, 6) << "sixteen at least";
  EXPECT_EQ(plans[4].split, Split::held_out);
}

TEST(ShardPlan, AFortiethIsHeldOut) {
  const DatasetOptions options{.rows = 4000, .sizes = {64}, .scenes = 0};
  EXPECT_EQ(rows_of(plan_shards(options, {"objects"}), 64, false), 4000);
  EXPECT_EQ(rows_of(plan_shards(options, {"objects"}), 64, true), 100);
}

TEST(ShardPlan, LargePicturesAreATwentieth) {
  const DatasetOptions options{.rows = 2000, .sizes = {1023, 1024}, .scenes = 0};
  const auto plans = plan_shards(options, {"objects"});
  EXPECT_EQ(rows_of(plans, 1023, false), 2000);
  EXPECT_EQ(rows_of(plans, 1024, false), 100);
}

TEST(ShardPlan, APartWithoutAShareHasNoShards) {
  DatasetOptions options{.rows = 100, .sizes = {64}, .scenes = 0};
  EXPECT_THAT(plan_shards(options, {"scenes"}), IsEmpty());
  options.scenes = 1e-3;
  EXPECT_EQ(rows_of(plan_shards(options, {"scenes"}), 64, false), 1) << "one row at least";
  options.objects = {.photo = 0, .render = 0, .flat = 0, .emoji = 0, .drawing = 0};
  EXPECT_THAT(plan_shards(options, {"objects"}), IsEmpty());
  EXPECT_EQ(rows_of(plan_shards(options, {"scenes"}), 64, false), 100);
}

TEST(ShardPlan, NamesThePartThatDoesNotExist) {
  for (const auto* part : {"videos", "", "Objects"}) {
    try {
      plan_shards({}, {"objects", part});
      FAIL() << part;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("got \"" + std::string(part) + "\""));
    }
  }
}

TEST(ShardPlan, TakesOptionsUpToTheirBounds) {
  EXPECT_EQ(refusal_of({}), "");
  EXPECT_EQ(refusal_of({.rows = 1, .sizes = {16, 2048}, .grounds = 0, .rows_per_shard = 1}), "");
  EXPECT_EQ(refusal_of({.rows = 100'000'000, .scenes = 1e9, .rows_per_shard = 1'000'000}), "");
}

TEST(ShardPlan, NamesTheFieldBeyondItsBounds) {
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal_of({.rows = 0}), "dataset: rows: expected 1 .. 1e+08, got 0");
  EXPECT_THAT(refusal_of({.rows = 100'000'001}), HasSubstr("dataset: rows: "));
  EXPECT_THAT(refusal_of({.grounds = -1}), HasSubstr("dataset: grounds: "));
  EXPECT_THAT(refusal_of({.rows_per_shard = 1'000'001}), HasSubstr("dataset: rows_per_shard: "));
  EXPECT_THAT(refusal_of({.sizes = {64, 15}}), HasSubstr("sizes: expected 16 .. 2048, got 15"));
  EXPECT_THAT(refusal_of({.sizes = {2049}}), HasSubstr("got 2049"));
  EXPECT_THAT(refusal_of({.sizes = {}}), HasSubstr("dataset: sizes: "));
  EXPECT_THAT(refusal_of({.scenes = nan}), HasSubstr("dataset: scenes: "));
  EXPECT_THAT(refusal_of({.scenes = infinity}), HasSubstr("dataset: scenes: "));
  EXPECT_THAT(refusal_of({.objects = {.flat = -1}}), HasSubstr("dataset: flat: "));
  EXPECT_THAT(refusal_of({.objects = {.emoji = nan}}), HasSubstr("dataset: emoji: "));
  const ObjectMixture none{.photo = 0, .render = 0, .flat = 0, .emoji = 0, .drawing = 0};
  EXPECT_THAT(refusal_of({.scenes = 0, .objects = none}), HasSubstr("a share above 0"));
}

}  // namespace
}  // namespace imagine::data
