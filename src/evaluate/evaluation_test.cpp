#include "evaluate/evaluation.h"

#include <gmock/gmock.h>
#include <map>

#include <torch/utils.h>

#include "data/shard.h"
#include "evaluate/judge_training.h"
#include "evaluate/matcher_training.h"
#include "imagine/error.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// Untrained judges and plain pictures: what is measured is of no interest here, but where it goes.
class EvaluationTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    for (const char* name : {"first", "second"}) {
      const JudgeConfig config{.size = 64, .width = 8, .depth = 1};
      save_network(*Judge(config), to_json(config), folder_ / name);
      io::write_json(folder_ / name / "ceilings.json",
                     json_of({{Task::object, false, {.right = 9, .all = 10}},
                              {Task::count, true, {.right = 1, .all = 2}}}));
    }
    const MatcherConfig config{.size = 64, .width = 8, .meaning = 8, .buckets = 64};
    save_network(*Matcher(config), to_json(config), folder_ / "matcher");
  }

  void write(const std::string& name, int size, int count) const {
    std::vector<data::Sample> samples;
    for (int i = 0; i < count; ++i) {
      const Json facts = {{"style", i % 2 == 0 ? "photo" : "emoji"},
                          {"prompt", concat("a photo of thing ", i)},
                          {"objects", {{{"noun", concat("thing ", i)}}}}};
      samples.push_back({.key = "k",
                         .domain = "photo",
                         .image = plain(size, i),
                         .captions = {{concat("a thing ", i), "en"}},
                         .facts = facts});
    }
    data::write_shard(folder_ / (name + "-00000.tar"), samples, 0);
  }

  static Image plain(int side, int colour) {
    const auto count = std::size_t(side) * std::size_t(side) * 3;
    Image image{.width = side, .height = side, .rgb = std::vector<std::uint8_t>(count)};
    for (std::size_t i = 0; i < count; ++i) image.rgb[i] = std::uint8_t(i * 7 + colour * 29);
    return image;
  }

  EvaluationOptions options(bool with_data) const {
    EvaluationOptions all{.judges = folder_.path().string(),
                          .prompts = 2,
                          .seeds = 1,
                          .italian = 1,
                          .things = 3,
                          .captions = 24,
                          .enlarged = 2,
                          .curve = 1,
                          .sheet = with_data ? (folder_ / "prompts.txt").string() : "",
                          .steps = {2, 4},
                          .guidance = {3}};
    if (with_data) all.real = folder_.path().string(), all.training = {folder_.path().string()};
    return all;
  }

  void write_data() const {
    write("judgecheck-64-scenes", 64, 24), write("judgecheck-64-objects", 64, 24);
    write("train-64-scenes", 64, 30), write("heldout-256-objects", 256, 3);
    io::write_file(folder_ / "prompts.txt", "a red cube\na lemon\n");
  }

  Contestant model() {
    return {.name = "m<1>",
            .paint =
                [this](const Request& request) {
                  ++painted_;
                  seeds_.insert({request.prompt, request.seed});
                  const bool is_large = request.task == imagine::Task::upscale;
                  return plain(is_large ? 256 : 64, int(request.prompt.size() + request.seed));
                },
            .size = 64,
            .enlarged = 256};
  }

  io::TemporaryFolder folder_;
  int painted_ = 0;
  std::multimap<std::string, std::uint64_t> seeds_;  // of each prompt's pictures
};

const auto kGoOn = [](int, int) { return true; };

TEST_F(EvaluationTest, CountsEveryPictureBefore) {
  write_data();
  int last = 0, all = 0;
  evaluate(options(true), model(), model(), [&](int done, int of) {
    last = done, all = of;
    return true;
  });
  EXPECT_EQ(painted_, all);
  EXPECT_EQ(last, all - 1);
}

TEST_F(EvaluationTest, EveryChapterIsInTheResultsAndOnThePage) {
  write_data();
  const auto report = evaluate(options(true), model(), model(), kGoOn);
  const auto html = html_of(report);
  for (const char* key : {"composition", "comparison", "things", "distances", "copies",
                          "enlargement", "curves", "sheet"}) {
    EXPECT_TRUE(report.results.contains(key)) << key;
  }
  EXPECT_TRUE(report.results["left_out"].empty());
  EXPECT_THAT(html, HasSubstr("Evaluation of m&lt;1&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("Not measured")));
  EXPECT_THAT(html, HasSubstr("data:image/webp;base64,UklGR"));  // "RIFF"
}

TEST_F(EvaluationTest, TheSheetsPicturesHaveSeedsOfTheirOwn) {
  write_data();
  const auto report = evaluate(options(true), model(), {}, kGoOn);
  EXPECT_EQ(report.results["sheet"]["prompts"], 2);
  EXPECT_EQ(report.figures.back().chapter, "sheet");
  EXPECT_EQ(seeds_.find("a lemon")->second, 1u);
}

TEST_F(EvaluationTest, ThePageShowsTheNumbersOfTheResults) {
  write_data();
  const auto report = evaluate(options(true), model(), {}, kGoOn);
  const auto html = html_of(report);
  const auto shown = [&](double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    EXPECT_THAT(html, HasSubstr(text.str()));
  };
  for (const auto& method : report.results["enlargement"]["methods"]) shown(method["psnr"], 2);
  for (const auto& space : report.results["distances"]["spaces"]) {
    shown(space["made"]["frechet"], 3);
    shown(space["real"]["kernel"], 3);
  }
  for (const auto& group : report.results["things"]) {
    shown(100 * double(group["real"]["picture_to_text_1"]["value"]), 1);
  }
  shown(100 * double(report.results["composition"]["score"]["seen"]["value"]), 1);
}

TEST_F(EvaluationTest, AModelIsNoBetterThanItself) {
  const auto report = evaluate(options(false), model(), model(), kGoOn);
  const auto& gain = report.results["comparison"]["gain"]["seen"];
  EXPECT_EQ(gain["value"], 0.0);
  EXPECT_EQ(gain["verdict"], "no difference shown");
}

TEST_F(EvaluationTest, SaysWhatIsLeftOut) {
  const auto report = evaluate(options(false), model(), {}, kGoOn);
  EXPECT_EQ(report.results["left_out"]["things"], "needs --real");
  EXPECT_EQ(report.results["left_out"]["enlargement"],
            "needs --training with pictures of 256 pixels, and a model that enlarges");
  EXPECT_FALSE(report.results["left_out"].contains("curves"));
  EXPECT_THAT(html_of(report), HasSubstr("<li>things: needs --real</li>"));
}

TEST_F(EvaluationTest, StopsWhenItIsTold) {
  EXPECT_THROW(evaluate(options(false), model(), {}, [](int done, int) { return done < 5; }),
               Interrupted);
  EXPECT_EQ(painted_, 5);
}

TEST_F(EvaluationTest, GoesWithoutAMatcher) {
  write_data();
  io::fs::remove_all(folder_ / "matcher");
  const auto report = evaluate(options(true), model(), {}, kGoOn);
  EXPECT_EQ(report.results["left_out"]["things"],
            "needs a matcher beside the judges; `imagine matcher` trains it");
  EXPECT_EQ(report.results["distances"]["spaces"].size(), 2u);
}

TEST_F(EvaluationTest, SaysWhatIsMissing) {
  auto wrong = options(true);
  EXPECT_THAT([&] { evaluate(wrong, model(), {}, kGoOn); },
              ThrowsMessage<Error>(HasSubstr("prompts.txt: cannot read")));
  wrong.sheet.clear();
  EXPECT_THAT([&] { evaluate(wrong, model(), {}, kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("judgecheck-64-scenes-")));
  io::fs::remove(folder_ / "second" / "model.safetensors");
  EXPECT_THAT([&] { evaluate(options(false), model(), {}, kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("`imagine judge` trains it")));
  EXPECT_EQ(painted_, 0);
}

}  // namespace
}  // namespace imagine::evaluate
