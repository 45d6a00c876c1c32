#include "evaluate/score.h"

#include <gmock/gmock.h>

#include "core/random.h"
#include "imagine/error.h"

namespace imagine::evaluate {
namespace {

/// `prompts` of each of two tasks with two seeds; both judges call the share of them right.
std::vector<Mark> marks(int prompts, double object, double count, std::string_view stream = "a") {
  Random random(2, stream);
  std::vector<Mark> all;
  for (const auto task : {Task::object, Task::count}) {
    for (int prompt = 0; prompt < prompts; ++prompt) {
      for (const std::uint64_t seed : {0, 1}) {
        const bool right = random.uniform() < (task == Task::object ? object : count);
        all.push_back(
            {.task = task, .prompt = std::size_t(prompt), .seed = seed, .right = {right, right}});
      }
    }
  }
  return all;
}

TEST(Score, IsTheMeanOfTheTasksHoweverManyPicturesTheyHave) {
  auto all = marks(20, 1, 0);
  EXPECT_EQ(score_of(all).value, 0.5);
  for (int i = 0; i < 100; ++i) all.push_back({.task = Task::object, .right = {true, true}});
  EXPECT_EQ(score_of(all).value, 0.5);
}

TEST(Score, AJudgeWhoDisagreesCountsHalf) {
  const std::vector<Mark> all = {{.task = Task::object, .right = {true, false}}};
  EXPECT_EQ(score_of(all).value, 0.5);
  EXPECT_EQ(agreement_of(all).right, 0);
  EXPECT_EQ(share_of(all, 0).right, 1);
  EXPECT_EQ(share_of(all, 1).right, 0);
}

TEST(Score, TheIntervalHoldsTheTruthAndShrinks) {
  const auto few = score_of(marks(20, 0.7, 0.7)), many = score_of(marks(500, 0.7, 0.7));
  EXPECT_LT(many.interval.low, 0.7);
  EXPECT_GT(many.interval.high, 0.7);
  // 1.96 sqrt(0.7 * 0.3 / 2000) on each side
  EXPECT_NEAR(many.interval.high - many.interval.low, 2 * 0.0201, 0.005);
  EXPECT_GT(few.interval.high - few.interval.low, 3 * (many.interval.high - many.interval.low));
}

TEST(Score, OfOneTaskThatIsAlwaysRightLeavesRoomForChance) {
  auto all = marks(20, 1, 0);
  std::erase_if(all, [](const Mark& mark) { return mark.task == Task::count; });
  const auto estimate = score_of(all);
  EXPECT_EQ(estimate.value, 1);
  EXPECT_NEAR(estimate.interval.low, 0.8389, 1e-4);  // 20 / (20 + 1.96^2): prompts, not pictures
  EXPECT_EQ(estimate.interval.high, 1);
}

TEST(Gain, IsOfPairs) {
  const auto low = marks(50, 0.5, 0.5);
  auto high = low;
  for (std::size_t i = 0; i < high.size(); i += 10) high[i].right = {true, true};
  const auto gain = gain_of(high, low);
  EXPECT_GT(gain.interval.low, 0);
  EXPECT_NEAR(gain.value, score_of(high).value - score_of(low).value, 1e-12);
  EXPECT_EQ(gain_of(low, low).interval.high, 0);
  const auto chance = gain_of(low, marks(50, 0.5, 0.5, "b"));
  EXPECT_LT(chance.interval.low, 0);
  EXPECT_GT(chance.interval.high, 0);
}

TEST(Gain, NeedsTheSamePrompts) {
  EXPECT_THROW(gain_of(marks(3, 1, 1), marks(4, 1, 1)), InputError);
  EXPECT_THROW(score_of({}), InputError);
}

}  // namespace
}  // namespace imagine::evaluate
