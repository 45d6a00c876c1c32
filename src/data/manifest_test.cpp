#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iomanip>

#include "data/shard.h"
#include "imagine/error.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Manifest : public testing::Test {
 protected:
  io::fs::path path() const { return folder_ / "manifest.json"; }
  Json read() const { return io::read_json(path()); }

  /// A shard of `count` rows under the name that the plan has for it.
  void write(const ShardPlan& plan, int count) const {
    std::vector<Sample> samples;
    for (int i = 0; i < count; ++i) {
      Sample sample;
      sample.key = concat(plan.file, i);
      sample.domain = i == 0 ? "emoji" : "photo";
      sample.image = {2, 1, {1, 2, 3, 4, 5, 6}};
      sample.captions = {{"a cat", "en"}, {"a photo", "en"}, {"un gatto", "it"}};
      samples.push_back(sample);
    }
    write_shard(folder_ / plan.file, samples, plan.first);
  }

  io::TemporaryFolder folder_;
  DatasetOptions options_{.rows = 30, .sizes = {16}, .scenes = 0};
  std::vector<ShardPlan> plans_ = plan_shards(options_, {"objects", "scenes"});
};

/// FNV-1a as its authors define it (draft-eastlake-fnv, section 2).
std::string fnv1a(const std::string& bytes) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(16) << hash;
  return text.str();
}

TEST_F(Manifest, BeginsWithHowItIsMadeAndWhatItLeavesOut) {
  begin_manifest(folder_.path(), options_);
  const auto manifest = read();
  EXPECT_EQ(manifest["format"], "imagine-dataset-1");
  EXPECT_EQ(manifest["complete"], false);
  EXPECT_EQ(manifest["options"], to_json(options_));
  EXPECT_EQ(manifest["packages"].size(), 6u);
  EXPECT_EQ(manifest["packages"][2]["name"], "unicode-cldr-core");
  EXPECT_EQ(manifest["held_out_rules"]["scene_colour_shape"].size(), 9u);
  EXPECT_EQ(manifest["excluded_emojis"].front(), "badminton");
  EXPECT_EQ(manifest["excluded_emojis"].back(), "file folder");
  EXPECT_EQ(manifest["excluded_stamps"].front(), "clownfish");
  EXPECT_EQ(manifest["excluded_stamps"].back(), "ww2_german_gun");
}

TEST_F(Manifest, TheSameOptionsGoOnWithWhatIsThere) {
  begin_manifest(folder_.path(), options_);
  auto manifest = read();
  manifest["complete"] = true;
  io::write_json(path(), manifest);
  begin_manifest(folder_.path(), options_);
  EXPECT_EQ(read(), manifest);
}

TEST_F(Manifest, OtherOptionsNeedAnotherFolder) {
  begin_manifest(folder_.path(), options_);
  const auto before = read();
  options_.objects.emoji = 7;
  try {
    begin_manifest(folder_.path(), options_);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(path().string()), HasSubstr("\"emoji\":7.0"),
                                    HasSubstr("name another folder")));
  }
  EXPECT_EQ(read(), before);
}

TEST_F(Manifest, RefusesAForeignOrDamagedOne) {
  io::write_file(path(), "{}");
  EXPECT_THROW(begin_manifest(folder_.path(), options_), ConfigError);
  io::write_file(path(), "{\"options\": ");
  EXPECT_THROW(begin_manifest(folder_.path(), options_), FormatError);
  io::fs::remove(path());
  EXPECT_THROW(write_object_lists(folder_.path(), {}), FormatError);
  EXPECT_THROW(finish_manifest(folder_.path(), options_), FormatError);
}

TEST_F(Manifest, ListsTheHeldOutNounsOfTheCutouts) {
  begin_manifest(folder_.path(), options_);
  std::vector<Cutout> cutouts;
  for (const Style style : {Style::photo, Style::flat}) {
    for (const auto* noun : {"duck", "pear", "apple"}) {
      cutouts.push_back({.style = style, .identity = noun});
    }
  }
  write_object_lists(folder_.path(), cutouts);
  const auto manifest = read();
  EXPECT_EQ(manifest["format"], "imagine-dataset-1");
  EXPECT_TRUE(manifest["held_out_styles"].contains("duck"));
  EXPECT_FALSE(manifest["held_out_styles"].contains("apple"));
  EXPECT_EQ(manifest["held_out_italian"], Json::array({"pear"}));
}

TEST_F(Manifest, CountsWhatIsThereAndIsCompleteWithAll) {
  begin_manifest(folder_.path(), options_);
  ASSERT_EQ(plans_.size(), 2u);
  write(plans_[1], 3);
  finish_manifest(folder_.path(), options_);
  EXPECT_EQ(read()["complete"], false);
  ASSERT_EQ(read()["shards"].size(), 1u);
  const Json expected = {{"file", "heldout-16-objects-00000.tar"},
                         {"part", "objects"},
                         {"size", 16},
                         {"held_out", true},
                         {"rows", 3},
                         {"domains", {{"emoji", 1}, {"photo", 2}}},
                         {"captions", {{"en", 6}, {"it", 3}}},
                         {"fnv1a", fnv1a(io::read_file(folder_ / plans_[1].file))}};
  EXPECT_EQ(read()["shards"][0], expected);
  write(plans_[0], 1);
  finish_manifest(folder_.path(), options_);
  EXPECT_EQ(read()["complete"], true);
  EXPECT_EQ(read()["shards"].size(), 2u);
  EXPECT_EQ(read()["shards"][1], expected);
}

TEST_F(Manifest, NamesTheShardThatIsDamaged) {
  begin_manifest(folder_.path(), options_);
  write(plans_[0], 2);
  io::fs::resize_file(folder_ / plans_[0].file, 1000);
  const auto before = read();
  try {
    finish_manifest(folder_.path(), options_);
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("train-16-objects-00000.tar"));
  }
  EXPECT_EQ(read(), before);
}

}  // namespace
}  // namespace imagine::data
