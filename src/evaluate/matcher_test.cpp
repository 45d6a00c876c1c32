#include "evaluate/matcher.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "evaluate/matcher_training.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

constexpr MatcherConfig kSmall = {.size = 32, .width = 8, .meaning = 16, .buckets = 512};

TEST(Matcher, ReadsWordsWithoutTheirCaseAndOrder) {
  EXPECT_EQ(word_parts("Red, apple", 999), word_parts("red apple", 999));
  EXPECT_THAT(word_parts("apple red", 999),
              testing::UnorderedElementsAreArray(word_parts("red apple", 999)));
  EXPECT_NE(word_parts("caff\xc3\xa8", 999), word_parts("caff", 999));
  EXPECT_THAT(word_parts("", 999), testing::SizeIs(1));
}

TEST(Matcher, VectorsHaveTheLengthOne) {
  torch::manual_seed(1);
  Matcher matcher(kSmall);
  const auto lengths = [](const Tensor& x) { return (x.norm(2, {1}) - 1).abs().max(); };
  EXPECT_LT(lengths(matcher->pictures(torch::randn({3, 3, 32, 32}))).item<double>(), 1e-4);
  EXPECT_LT(lengths(matcher->texts({"a cone", ""})).item<double>(), 1e-4);
}

TEST(Recall, CountsWhereTheOwnColumnStands) {
  const auto alike = torch::tensor({{3., 2., 1.}, {2., 1., 3.}, {1., 2., 3.}});
  EXPECT_EQ(recall_at(alike, 1).right, 2);
  EXPECT_EQ(recall_at(alike, 2).right, 2);
  EXPECT_EQ(recall_at(alike, 3).right, 3);
  EXPECT_EQ(recall_at(torch::ones({4, 4}), 1).right, 0) << "a tie tells nothing";
}

class MatcherTrainingTest : public testing::Test {
 protected:
  /// Plain pictures of colours that have names.
  void write(const std::string& split) const {
    const std::vector<std::pair<std::string, std::array<int, 3>>> colours = {
        {"red", {250, 0, 0}},       {"green", {0, 250, 0}}, {"blue", {0, 0, 250}},
        {"white", {255, 255, 255}}, {"black", {0, 0, 0}},   {"yellow", {250, 250, 0}},
        {"purple", {200, 0, 200}},  {"cyan", {0, 250, 250}}};
    std::vector<data::Sample> samples;
    for (int i = 0; i < 32; ++i) {
      const auto& [name, rgb] = colours[std::size_t(i) % colours.size()];
      Image image{.width = 32, .height = 32, .rgb = {}};
      for (int k = 0; k < 32 * 32; ++k) image.rgb.insert(image.rgb.end(), rgb.begin(), rgb.end());
      const Json facts = {{"style", "photo"}, {"prompt", name}, {"objects", {{{"noun", name}}}}};
      samples.push_back({.key = "k",
                         .domain = "photo",
                         .image = image,
                         .captions = {{"a photo of " + name, "en"}},
                         .facts = facts});
    }
    data::write_shard(folder_ / (split + "-32-objects-00000.tar"), samples, 0);
  }

  MatcherTraining training() const {
    return {.study = {.out = (folder_ / "matcher").string(),
                      .shards = folder_.path().string(),
                      .views = 1600,
                      .batch = 16,
                      .learning_rate = 3e-3},
            .matcher = kSmall};
  }

  io::TemporaryFolder folder_;
};

TEST_F(MatcherTrainingTest, KnowsColoursAfterwardsAndAfterLoading) {
  write("judge"), write("judgecheck");
  const auto go_on = [](const StudyProgress&) { return true; };
  const auto recalls = train_matcher(training(), go_on);
  ASSERT_EQ(recalls.size(), 1u);
  EXPECT_EQ(recalls[0].candidates, 8);
  EXPECT_GE(recalls[0].picture_to_text_1.right, 7);
  auto matcher = load_matcher(folder_ / "matcher");
  const auto group = groups_of(read_examples({folder_.path()}, "judgecheck-32-"), 100)[0];
  EXPECT_GE(recall_of(matcher, group, unit_pixels(group.pixels)).text_to_picture_1.right, 7);
  const auto shuffled = unit_pixels(group.pixels).roll(1, 0);
  EXPECT_LE(recall_of(matcher, group, shuffled).picture_to_text_1.right, 1);
}

TEST_F(MatcherTrainingTest, SaysWhatIsMissing) {
  EXPECT_THROW(train_matcher(training(), [](const StudyProgress&) { return true; }), InputError);
  EXPECT_THROW(load_matcher(folder_ / "none"), Error);
}

}  // namespace
}  // namespace imagine::evaluate
