#include "evaluate/evaluation.h"

#include <gmock/gmock.h>
#include <map>
#include <set>

#include <torch/utils.h>

#include "data/scene_caption.h"
#include "data/scene_view.h"
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
      const BoxHeadConfig boxes;
      save_network(*BoxHead(config.width, boxes), to_json(boxes), folder_ / name / kBoxes);
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

  /// With bodies and labels, as `imagine dataset` makes them.
  void write_scenes(const std::string& name, int count) const {
    Random random(3, "evaluation_test");
    std::vector<data::Sample> samples;
    for (int i = 0; i < count; ++i) {
      const auto scene = data::any_scene(random);
      samples.push_back({.key = "k",
                         .domain = "scene",
                         .image = plain(64, i),
                         .captions = data::captions_of(scene, random),
                         .facts = data::facts_of(scene),
                         .labels = data::labels_of(scene, 64)});
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
                          .control = 4,
                          .sheet = with_data ? (folder_ / "prompts.txt").string() : "",
                          .steps = {2, 4},
                          .guidance = {3},
                          .region_strengths = {0.5, 1},
                          .region_feathers = {0}};
    if (with_data) all.real = folder_.path().string(), all.training = {folder_.path().string()};
    return all;
  }

  void write_data() const {
    write_scenes("judgecheck-64-scenes", 64), write("judgecheck-64-objects", 64, 24);
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
            .enlarged = 256,
            .weighs_words = true,
            .takes_control = true};
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
  for (const char* key :
       {"composition", "comparison", "things", "distances", "copies", "regions", "weights",
        "layout", "lines", "palettes", "enlargement", "curves", "sheet"}) {
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
  for (const auto& way : report.results["lines"]["ways"]) shown(way["match"], 3);
  for (const auto& way : report.results["palettes"]["ways"]) shown(way["median"], 1);
  for (const auto& way : report.results["layout"]["ways"]) shown(way["overlap"], 3);
  for (const auto& series : report.results["weights"]["series"]) {
    shown(series["rank_correlation"], 2);
  }
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

TEST_F(EvaluationTest, ControlIsLeftOutWhereItCannotBeMeasured) {
  write_data();
  auto plain_model = model();
  plain_model.weighs_words = plain_model.takes_control = false;
  auto report = evaluate(options(true), plain_model, {}, kGoOn);
  EXPECT_EQ(report.results["left_out"]["weights"], "needs a model that reads words by weight");
  EXPECT_EQ(report.results["left_out"]["lines"], "needs a model that takes control");
  for (const auto& way : report.results["regions"]["ways"]) EXPECT_NE(way["way"], "attention");
  io::fs::remove_all(folder_ / "second" / kBoxes);
  report = evaluate(options(true), model(), {}, kGoOn);
  EXPECT_EQ(report.results["left_out"]["regions"],
            "needs judges that know boxes; `imagine judge --boxes-of` teaches them");
  EXPECT_TRUE(report.results.contains("weights"));
}

TEST_F(EvaluationTest, AModelThatDrawsTheRealPicturesFollowsTheirLines) {
  write_data();
  std::map<std::string, Image> real;
  data::read_shard(folder_ / "judgecheck-64-scenes-00000.tar", [&](data::Sample sample) {
    for (const auto& caption : sample.captions) real[caption.text] = sample.image;
  });
  auto faithful = model();
  faithful.paint = [&, paint = faithful.paint](const Request& request) {
    const auto found = real.find(request.prompt);
    return request.control && found != real.end() ? found->second : paint(request);
  };
  const auto report = evaluate(options(true), faithful, {}, kGoOn);
  const auto& lines = report.results["lines"]["ways"];
  EXPECT_EQ(lines[0]["match"], 1.0);
  EXPECT_EQ(lines[1]["match"], 1.0);
  EXPECT_EQ(lines[2]["way"], "words alone");
  EXPECT_LT(lines[2]["match"], 1.0);
}

TEST_F(EvaluationTest, EachChapterOfControlHasALineInTheSummary) {
  write_data();
  const auto report = evaluate(options(true), model(), {}, kGoOn);
  const auto lines = headlines_of(report.results);
  for (const char* begin :
       {"regions right: words alone ", "weights: a colour correlates by ",
        "bodies in their boxes: seen ", "lines followed: F1 ", "palette: median distance "}) {
    EXPECT_THAT(lines, testing::Contains(testing::StartsWith(begin)));
  }
}

TEST_F(EvaluationTest, EachWayAsksForItsOwn) {
  write_data();
  std::set<std::string> layouts, palettes;
  std::set<double> weights, strengths;
  std::map<std::string, int> kinds;
  auto asking = model();
  asking.paint = [&, paint = asking.paint](const Request& request) {
    if (request.control) {
      for (const auto& thing : request.control->layout) layouts.insert(thing.phrase);
      for (const auto& colour : request.control->palette) palettes.insert(colour.colour);
      const auto& control = *request.control;
      kinds["edges"] += control.edges.has_value(), kinds["sketch"] += control.sketch.has_value();
      kinds["depth"] += control.depth.has_value();
      kinds["silhouette"] += control.silhouette.has_value();
    }
    for (const auto& region : request.regions.value_or(std::vector<Region>{})) {
      strengths.insert(region.strength);
    }
    for (const auto& wording : request.wording.value_or(std::vector<Wording>{})) {
      for (const auto& part : wording.clauses.at(0).parts) weights.insert(part.weight);
    }
    return paint(request);
  };
  const auto report = evaluate(options(true), asking, {}, kGoOn);
  for (const auto& [kind, count] : kinds) {
    EXPECT_EQ(count, report.results["layout"]["pictures"]) << kind;
  }
  EXPECT_EQ(kinds.size(), 4u);
  EXPECT_THAT(layouts, testing::Each(testing::MatchesRegex("an? [a-z]+ [a-z]+")));
  EXPECT_THAT(palettes, testing::Each(testing::MatchesRegex("#[0-9a-f]{6}")));
  EXPECT_FALSE(layouts.empty() || palettes.empty());
  EXPECT_THAT(weights, testing::ElementsAre(0.5, 0.71, 1, 1.41, 2));
  EXPECT_THAT(strengths, testing::ElementsAre(0.5, Region().strength, 1));
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
