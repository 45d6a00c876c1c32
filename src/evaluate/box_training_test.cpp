#include "evaluate/box_training.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/scene.h"
#include "data/scene_view.h"
#include "data/shard.h"
#include "evaluate/boxes.h"
#include "evaluate/judge_lesson.h"
#include "evaluate/judge_training.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr JudgeConfig kSmall = {.size = 64, .width = 8, .depth = 1};
constexpr int kSide = 64;

/// A scene whose picture is bright where a body is seen.
data::Sample sample_of(const data::Scene& scene) {
  data::Sample sample{.key = "k", .domain = "scene", .image = {}, .captions = {}};
  sample.facts = data::facts_of(scene);
  sample.labels = data::labels_of(scene, kSide);
  sample.image = {.width = kSide, .height = kSide, .rgb = {}};
  for (const auto thing : sample.labels->things) {
    sample.image.rgb.insert(sample.image.rgb.end(), 3, thing > 0 ? 250 : 60);
  }
  return sample;
}

std::vector<data::Sample> samples(int count) {
  Random random(7, "box_training_test");
  std::vector<data::Sample> all;
  for (int i = 0; i < count; ++i) all.push_back(sample_of(data::any_scene(random)));
  return all;
}

/// What a head would say that makes no mistake: the targets of one sample.
BoxTarget targets_of(const data::Sample& sample) {
  auto target = box_target_of(sample.facts, *sample.labels, kSide / 2);
  return {.near = target.near.unsqueeze(0), .box = target.box.unsqueeze(0)};
}

TEST(Boxes, WhatAJudgeSaysWithoutMistakesFitsWhatIsSeen) {
  int bodies = 0, exact = 0;
  for (const auto& sample : samples(60)) {
    const auto target = target_of(sample.facts, kSide / 2);
    const auto sure = [](const Tensor& index, int64_t classes) {
      return torch::one_hot(index, classes).permute({2, 0, 1}).to(torch::kFloat).unsqueeze(0);
    };
    const auto found = bodies_of({.middle = (target.middle - 0.7).unsqueeze(0),
                                  .shape = sure(target.shape, std::ssize(data::shapes())),
                                  .colour = sure(target.colour, std::ssize(data::colours()) + 1),
                                  .place = target.place.unsqueeze(0),
                                  .box = targets_of(sample).box})[0];
    const auto truths = seen_boxes(*sample.labels, sample.facts.at("bodies").size());
    for (const auto& truth : truths) {
      ++bodies;
      exact += truth && std::ranges::any_of(found, [&](const Found& body) {
                 return overlap_of(*truth, body.box.value()) > 0.999;
               });
    }
  }
  EXPECT_GT(bodies, 100);
  EXPECT_GE(exact, bodies - bodies / 50);  // but for two middles in neighbouring cells
}

TEST(Boxes, OnlyTheCellsAtBodiesAreLearnt) {
  const auto sample = samples(1)[0];
  const auto targets = targets_of(sample);
  const auto loss = [&](const Tensor& boxes) { return box_loss(boxes, targets).item<double>(); };
  EXPECT_NEAR(loss(targets.box), 0, 1e-5);
  const auto near = (targets.near > 0).to(torch::kFloat).unsqueeze(1);
  EXPECT_NEAR(loss(targets.box + (1 - near)), 0, 1e-5);
  EXPECT_GT(loss(targets.box + near * 0.1), 0.3);
  auto elsewhere = targets.box.clone();
  elsewhere.narrow(1, 0, 2).add_(near * 2);
  EXPECT_NEAR(loss(elsewhere), 5, 1e-3);  // 2 + 2 off, and no overlap
}

TEST(Boxes, WhatCannotBeSeenIsNotLearnt) {
  auto sample = samples(1)[0];
  std::ranges::fill(sample.labels->things, std::uint8_t{0});
  EXPECT_EQ(targets_of(sample).near.max().item<float>(), 0);
}

TEST(Boxes, AJudgeThatLearnsThemSaysAllElseAsBefore) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_grad;
  Judge judge(kSmall);
  const auto pixels = torch::rand({2, 3, kSide, kSide}) * 2 - 1;
  const auto before = judge(pixels);
  EXPECT_FALSE(before.box.defined());
  judge->teach(BoxHead(kSmall.width, BoxHeadConfig{}));
  const auto after = judge(pixels);
  EXPECT_TRUE(torch::equal(before.middle, after.middle));
  EXPECT_TRUE(torch::equal(before.shape, after.shape));
  EXPECT_TRUE(torch::equal(before.colour, after.colour));
  EXPECT_TRUE(torch::equal(before.place, after.place));
  EXPECT_EQ(after.box.sizes(), (std::vector<int64_t>{2, 4, kSide / 2, kSide / 2}));
}

class BoxTrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(3);
    save_network(*Judge(kSmall), to_json(kSmall), judge_);
  }

  void write(const std::vector<data::Sample>& all) const {
    for (const char* split : {"judge", "judgecheck"}) {
      data::write_shard(folder_ / concat(split, "-64-scenes-00000.tar"), all, 0);
    }
  }

  BoxTraining training() const {
    return {.study = {.out = judge_.string(),
                      .shards = folder_.path().string(),
                      .views = 720,
                      .batch = 8,
                      .learning_rate = 1e-2}};
  }

  io::TemporaryFolder folder_;
  const io::fs::path judge_ = folder_ / "judge";
};

TEST_F(BoxTrainingTest, LearnsWithoutTouchingTheJudge) {
  write(samples(12));
  const auto before = io::read_file(judge_ / "model.safetensors");
  EXPECT_FALSE(load_judge(judge_)->knows_boxes());
  std::vector<double> losses;
  train_boxes(training(), [&](const StudyProgress& progress) {
    losses.push_back(progress.loss);
    return true;
  });
  EXPECT_LT(losses.back(), 0.8 * losses.front());
  EXPECT_EQ(io::read_file(judge_ / "model.safetensors"), before);
  EXPECT_TRUE(load_judge(judge_)->knows_boxes());
  EXPECT_TRUE(io::fs::exists(judge_ / "boxes" / "ceilings.json"));
}

TEST_F(BoxTrainingTest, NeedsLabels) {
  auto all = samples(2);
  for (auto& sample : all) sample.labels.reset();
  write(all);
  EXPECT_THAT([&] { train_boxes(training(), [](const StudyProgress&) { return true; }); },
              ThrowsMessage<InputError>(HasSubstr("--labels true")));
  EXPECT_FALSE(io::fs::exists(judge_ / "boxes"));
}

TEST_F(BoxTrainingTest, KeepsNothingWhereItIsStopped) {
  write(samples(2));
  EXPECT_THROW(train_boxes(training(), [](const StudyProgress&) { return false; }), Interrupted);
  EXPECT_FALSE(io::fs::exists(judge_ / "boxes"));
}

}  // namespace
}  // namespace imagine::evaluate
