#include "evaluate/judge.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/scene.h"
#include "data/shard.h"
#include "evaluate/ceiling.h"
#include "evaluate/judge_lesson.h"
#include "evaluate/judge_training.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr JudgeConfig kSmall = {.size = 64, .width = 8, .depth = 1};

std::vector<Json> facts_of_scenes(int count) {
  Random random(5, "judge_test");
  std::vector<Json> facts;
  for (int i = 0; i < count; ++i) facts.push_back(data::facts_of(data::any_scene(random)));
  return facts;
}

/// What a judge would say that makes no mistake.
Verdict verdict_of(const JudgeTarget& target) {
  const auto sure = [](const Tensor& index, int64_t classes) {
    return 10 * torch::one_hot(index, classes).permute({2, 0, 1}).to(torch::kFloat).unsqueeze(0);
  };
  return {.middle = (10 * (target.middle - 0.7)).unsqueeze(0),
          .shape = sure(target.shape, std::ssize(data::shapes())),
          .colour = sure(target.colour, std::ssize(data::colours()) + 1),
          .place = target.place.unsqueeze(0)};
}

TEST(Judge, AVerdictWithoutMistakesGivesTheFactsBack) {
  int all = 0, lost = 0;
  for (const auto& facts : facts_of_scenes(150)) {
    const auto found = bodies_of(verdict_of(target_of(facts, 32)))[0];
    ++all;
    lost += found.size() != facts.at("bodies").size();  // two middles in neighbouring cells
    for (const auto task : kTasks) {
      const auto prompt = prompt_about(facts, task);
      if (prompt && found.size() == facts.at("bodies").size()) {
        EXPECT_TRUE(shows(*prompt, found)) << facts.dump();
      }
    }
  }
  EXPECT_LE(lost, all / 50);
}

TEST(Judge, TheLossOfThatVerdictIsNearlyNothing) {
  const auto targets = target_of(facts_of_scenes(1)[0], 32);
  const JudgeTarget batch{.middle = targets.middle.unsqueeze(0),
                          .shape = targets.shape.unsqueeze(0),
                          .colour = targets.colour.unsqueeze(0),
                          .place = targets.place.unsqueeze(0)};
  const auto right = verdict_of(targets);
  auto wrong = right;
  wrong.shape = right.shape.roll(1, 1);
  auto blind = right;
  blind.middle = torch::full_like(right.middle, -10);
  const auto loss = [&](const Verdict& verdict) {
    return judge_loss(verdict, batch).item<double>();
  };
  EXPECT_LT(loss(right), 0.1);
  EXPECT_GT(loss(wrong), 5);
  EXPECT_GT(loss(blind), 5);
}

TEST(Judge, LooksAtPicturesOfAnySize) {
  torch::manual_seed(1);
  Judge judge(kSmall);
  for (const int64_t side : {32, 64, 256}) {
    EXPECT_THAT(look_at(judge, torch::randn({2, 3, side, side})), SizeIs(2));
  }
  EXPECT_THAT(look_at(judge, torch::zeros({1, 3, 64, 64})), Each(IsEmpty()));
}

TEST(Ceiling, ScenesAreExamplesOfTheirTasksAlone) {
  const Json wood = {{"shape", "cube"}, {"colour", ""}},
             red = {{"shape", "cone"}, {"colour", "red"}};
  const auto scene = [](const char* kind, std::vector<Json> bodies) {
    return Json{{"kind", kind}, {"bodies", bodies}};
  };
  EXPECT_TRUE(prompt_about(scene("single", {red}), Task::colour));
  EXPECT_FALSE(prompt_about(scene("single", {red}), Task::count));
  EXPECT_TRUE(prompt_about(scene("single", {wood}), Task::object));
  EXPECT_FALSE(prompt_about(scene("single", {wood}), Task::colour));
  EXPECT_EQ(prompt_about(scene("count", {red, red, red}), Task::count)->things[0].count, 3);
  EXPECT_FALSE(prompt_about(scene("two", {red, red}), Task::two_objects));
}

TEST(Share, TheIntervalIsWilsons) {
  const Share half{.right = 5, .all = 10};
  EXPECT_NEAR(half.interval().low, 0.2366, 1e-4);
  EXPECT_NEAR(half.interval().high, 0.7634, 1e-4);
  EXPECT_EQ(Share{}.interval().high, 1);
}

class JudgeTrainingTest : public testing::Test {
 protected:
  /// Shards of scenes whose pictures show coloured squares where the bodies stand.
  void write(const std::string& split, int count) const {
    std::vector<data::Sample> samples;
    for (const auto& facts : facts_of_scenes(count)) {
      Image image{.width = 64, .height = 64, .rgb = std::vector<std::uint8_t>(64 * 64 * 3, 90)};
      for (const auto& body : facts.at("bodies")) paint(image, body.at("box"));
      samples.push_back(
          {.key = "k", .domain = "scene", .image = image, .captions = {}, .facts = facts});
    }
    data::write_shard(folder_ / (split + "-64-scenes-00000.tar"), samples, 0);
  }

  static void paint(Image& image, const std::array<double, 4>& box) {
    for (int y = int(box[1] * 64); y < int(box[3] * 64); ++y) {
      for (int x = int(box[0] * 64); x < int(box[2] * 64); ++x) {
        image.rgb[std::size_t(3 * (64 * y + x))] = 250;
      }
    }
  }

  JudgeTraining training() const {
    return {.study = {.out = (folder_ / "judge").string(),
                      .shards = folder_.path().string(),
                      .views = 96,
                      .batch = 8},
            .judge = kSmall};
  }

  io::TemporaryFolder folder_;
};

TEST_F(JudgeTrainingTest, LearnsAndIsTheSameAfterLoading) {
  write("judge", 24), write("judgecheck", 24);
  std::vector<double> losses;
  const auto ceilings = train_judge(training(), [&](const StudyProgress& progress) {
    losses.push_back(progress.loss);
    return true;
  });
  EXPECT_LT(losses.back(), losses.front());
  EXPECT_THAT(ceilings, testing::Not(IsEmpty()));
  auto judge = load_judge(folder_ / "judge");
  EXPECT_EQ(judge->config.width, kSmall.width);
  EXPECT_TRUE(io::fs::exists(folder_ / "judge" / "ceilings.json"));
}

TEST_F(JudgeTrainingTest, AStoppedTrainingKeepsNothing) {
  write("judge", 4), write("judgecheck", 4);
  EXPECT_THROW(train_judge(training(), [](const StudyProgress&) { return false; }), Interrupted);
  EXPECT_FALSE(io::fs::exists(folder_ / "judge"));
}

TEST_F(JudgeTrainingTest, SaysWhatIsMissing) {
  const auto train = [&] { train_judge(training(), [](const StudyProgress&) { return true; }); };
  EXPECT_THAT(train, ThrowsMessage<InputError>(
                         AllOf(HasSubstr("judge-64-scenes-"), HasSubstr("imagine dataset"))));
  EXPECT_THAT([&] { load_judge(folder_ / "none"); }, ThrowsMessage<Error>(HasSubstr("none")));
}

}  // namespace
}  // namespace imagine::evaluate
