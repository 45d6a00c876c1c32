#include "evaluate/exam.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "tensor/pixels.h"

namespace imagine::evaluate {
namespace {

/// With the judges that stand beside the model, and real scenes that they have never seen.
class ExamTest : public testing::Test {
 protected:
  static io::fs::path source(const char* path) { return io::fs::path(IMAGINE_SOURCE_DIR) / path; }

  /// Every prompt that a real scene answers; its seed tells the scene.
  struct Answered {
    CompositionPrompt prompt;
    int64_t row;
  };
  std::vector<Answered> answered() const {
    std::vector<Answered> all;
    for (int64_t row = 0; row < real_.count(); ++row) {
      for (const auto task : kTasks) {
        auto prompt = prompt_about(real_.samples[std::size_t(row)].facts, task);
        if (!prompt) continue;
        prompt->text = concat(row);
        all.push_back({std::move(*prompt), row});
      }
    }
    return all;
  }

  /// Prompts are numbers of scenes, see answered().
  Painter perfect() const {
    return [this](const Request& request) {
      return tensor::to_images(
          unit_pixels(real_.pixels.narrow(0, std::stoi(request.prompt), 1)))[0];
    };
  }

  ExamPaper paper() const {
    ExamPaper paper;
    for (const auto& [prompt, row] : answered()) paper.prompts.push_back(prompt);
    return paper;
  }

  Examples real_ = read_examples({source("tests/data/scenes")}, "judgecheck-64-scenes-");
  Panel panel_ = load_panel(source("models/judges"));
};

TEST_F(ExamTest, APerfectGeneratorScoresTheCeiling) {
  const auto exam = take_exam(paper(), perfect(), panel_);
  const double ceiling = (ceiling_of(panel_, false) + ceiling_of(panel_, true)) / 2;
  EXPECT_NEAR(score_of(exam.marks).value, ceiling, 0.08);
  EXPECT_GT(ceiling, 0.8);
}

TEST_F(ExamTest, ItsPicturesScoreLittleAgainstOtherPrompts) {
  const auto exam = take_exam(paper(), perfect(), panel_);
  const auto coloured = [](const Mark& mark) { return mark.task == Task::colour; };
  EXPECT_LT(score_of(marks_where(exam.shuffled, coloured)).value, 0.1);
  EXPECT_GT(score_of(marks_where(exam.marks, coloured)).value, 0.8);
}

TEST_F(ExamTest, NoiseScoresNothing) {
  torch::manual_seed(1);
  const Painter noise = [](const Request&) {
    return tensor::to_images(torch::randn({1, 3, 64, 64}))[0];
  };
  EXPECT_LT(score_of(take_exam(paper(), noise, panel_).marks).value, 0.03);
}

TEST_F(ExamTest, EveryPictureHasASeedOfItsOwn) {
  std::vector<std::uint64_t> seeds;
  const Painter noting = [&](const Request& request) {
    seeds.push_back(request.seed);
    return tensor::to_images(torch::zeros({1, 3, 64, 64}))[0];
  };
  auto twice = paper();
  twice.prompts.resize(3);
  twice.seeds = 2;
  const auto marks = take_exam(twice, noting, panel_).marks;
  EXPECT_THAT(seeds, testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(marks[3].prompt, 1u);
  EXPECT_EQ(marks[3].seed, 3u);
}

TEST_F(ExamTest, TheNearestCaptionIsFound) {
  auto examples = real_;
  for (std::size_t i = 0; i < examples.samples.size(); ++i) {
    examples.samples[i].captions = {{i == 5 ? "a red cube on grass" : "two cones", "en"}};
  }
  const auto picture = nearest_caption(examples)({.prompt = "Red cube, grass"});
  EXPECT_EQ(picture.rgb, tensor::to_images(unit_pixels(real_.pixels.narrow(0, 5, 1)))[0].rgb);
}

TEST_F(ExamTest, PromptsInItalianAreTheSameOnes) {
  const auto english = exam_prompts({.count = 12});
  const auto italian = exam_prompts({.language = data::Language::italian, .count = 12});
  ASSERT_EQ(english.size(), italian.size());
  for (std::size_t i = 0; i < english.size(); ++i) {
    EXPECT_EQ(english[i].things.size(), italian[i].things.size());
    EXPECT_EQ(english[i].things[0].shape, italian[i].things[0].shape);
    EXPECT_EQ(english[i].things[0].colour, italian[i].things[0].colour);
    EXPECT_NE(english[i].text, italian[i].text);
  }
}

}  // namespace
}  // namespace imagine::evaluate
