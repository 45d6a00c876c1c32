#include <fstream>
#include <gmock/gmock.h>
#include <iostream>
#include <sstream>

#include "cascade/tiny_model.h"
#include "cli/command.h"
#include "imagine/image.h"
#include "io/image_file.h"

namespace imagine::cli {
namespace {

using io::fs::path;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

/// Takes what is printed to a stream for as long as it lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

Outcome imagine(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "imagine");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  const Captured out(std::cout), err(std::cerr);
  const int code = run(int(argv.size()), argv.data());
  return {code, out.text(), err.text()};
}

class Command : public testing::Test {
 protected:
  /// `imagine generate` with the tiny model, into the test's folder.
  Outcome generate(std::vector<std::string> arguments) const {
    const std::vector<std::string> common = {
        "generate", "--model", model_.path().string(), "-o", file(), "--dtype", "fp32"};
    arguments.insert(arguments.begin(), common.begin(), common.end());
    return imagine(arguments);
  }

  /// One line that names `what`, this exit code, and no file left.
  void expect_refusal(const Outcome& outcome, int code, const std::string& what) const {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(testing::StartsWith("imagine: "), HasSubstr(what)));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(folder_.names(), IsEmpty());
  }

  std::string file() const { return (folder_ / "out.png").string(); }
  path weights() const { return model_.path() / "base" / "model.safetensors"; }

  cascade::TinyModel model_;
  io::TemporaryFolder folder_;
};

TEST_F(Command, DrawsAPictureThatSaysHowItWasMade) {
  const auto made = generate({"a red cube on grass", "--seed", "3"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, file() + "\n");
  EXPECT_THAT(folder_.names(), ElementsAre("out.png"));
  const auto info = imagine({"info", file()});
  EXPECT_EQ(info.code, 0);
  EXPECT_THAT(info.out, AllOf(HasSubstr("a red cube on grass"), HasSubstr("--seed 3")));
}

TEST_F(Command, OneFileForEachPictureOrOneSheet) {
  ASSERT_EQ(generate({"a red cube", "-n", "2"}).code, 0);
  EXPECT_THAT(folder_.names(),
              testing::UnorderedElementsAre("out-a-red-cube-0.png", "out-a-red-cube-1.png"));
  ASSERT_EQ(generate({"a red cube", "-n", "2", "--grid"}).code, 0);
  EXPECT_THAT(folder_.names(), testing::Contains("out.png"));
  const auto sheet = io::decode_image(io::read_file(file()), "sheet");
  EXPECT_GE(sheet.width, 2 * 64);
}

TEST_F(Command, NamesThatItMakesReplaceNothing) {
  const auto folder = folder_.path().string();
  for (const char* prompt : {"a red cube", "a red cube!", "漢字 è"}) {
    ASSERT_EQ(imagine({"generate", prompt, "--model", model_.path().string(), "-o", folder}).code,
              0);
  }
  EXPECT_THAT(folder_.names(), testing::UnorderedElementsAre("a-red-cube-0.png",
                                                             "a-red-cube-0-2.png", "漢字-è-0.png"));
}

TEST_F(Command, RefusesBadArguments) {
  expect_refusal(generate({""}), 2, "prompt");
  expect_refusal(generate({" \t"}), 2, "prompt");
  expect_refusal(generate({}), 2, "PROMPT");
  expect_refusal(generate({"x", "--stepz", "3"}), 2, "--stepz");
  expect_refusal(generate({"x", "-n", "0"}), 2, "--count");
  expect_refusal(generate({"x", "-n", "many"}), 2, "--count");
  expect_refusal(generate({"x", "--steps", "0"}), 2, "--steps");
  expect_refusal(generate({"x", "--seed", "-1"}), 2, "--seed");
  expect_refusal(generate({"x", "--seed", "99999999999999999999"}), 2, "--seed");
  expect_refusal(generate({"x", "--guidance", "nan"}), 2, "guidance");
  expect_refusal(generate({"x", "--size", "100"}), 2, "size");
  expect_refusal(generate({"x", "--sampler", "magic"}), 2, "sampler");
  expect_refusal(generate({"x", "--format", "gif"}), 2, "gif");
  expect_refusal(generate({"x", "--dtype", "fp8"}), 2, "dtype");
  expect_refusal(generate({"x", "--device", "tpu"}), 2, "device");
  expect_refusal(generate({"x", "--lora", "mug:much"}), 2, "FILE:WEIGHT");
  expect_refusal(generate({"--lora", "mug", "--lora", "/nowhere", "x"}), 3, "mug");
  expect_refusal(generate({"x", "--lora", "/nowhere.safetensors:0.5"}), 3, "/nowhere.safetensors");
  expect_refusal(generate({"\xff\xfe"}), 2, "UTF-8");
  expect_refusal(imagine({"paint"}), 2, "paint");
  expect_refusal(imagine({}), 2, "command");
  expect_refusal(imagine({"draw"}), 2, "\"draw\"");
}

TEST_F(Command, EditsAndUpscalesWhatItDrew) {
  ASSERT_EQ(generate({"a cube"}).code, 0);
  const auto model = model_.path().string(), larger = (folder_ / "larger.png").string();
  const auto edited = imagine({"edit", file(), "a cone", "--model", model, "--mask", file(), "-o",
                               (folder_ / "edited.png").string(), "--json"});
  EXPECT_EQ(edited.code, 0) << edited.err;
  const auto json = Json::parse(edited.out);
  EXPECT_EQ(json["task"], "edit");
  EXPECT_EQ(json["mask"], file());
  EXPECT_EQ(imagine({"upscale", file(), "--model", model, "-o", larger}).code, 0);
  EXPECT_EQ(io::decode_image(io::read_file(larger), larger).width, 128);
  EXPECT_THAT(imagine({"info", larger}).out, HasSubstr("./imagine upscale --seed 0 --size 64 "));
}

TEST_F(Command, RefusesAnEditThatCannotBe) {
  ASSERT_EQ(generate({"a cube"}).code, 0);
  const auto edit = [&](std::vector<std::string> arguments) {
    std::vector<std::string> all = {"edit", "--model", model_.path().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return imagine(all);
  };
  const auto expect_line = [&](const Outcome& outcome, const std::string& what) {
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.err, HasSubstr(what));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1);
  };
  expect_line(edit({file()}), "PROMPT");
  expect_line(edit({"nowhere.png", "x"}), "nowhere.png");
  expect_line(edit({file(), "x", "--strength", "0"}), "strength: expected more than 0");
  expect_line(edit({file(), "x", "--strength", "1.5"}), "--strength");
  expect_line(edit({file(), "x", "--kept", "dirty"}), "--kept");
  expect_line(edit({file(), "x", "--mask", "nowhere.png"}), "nowhere.png");
  expect_line(imagine({"upscale", (folder_ / "x.png").string()}), "x.png");
}

TEST_F(Command, RefusesAnOutputThatCannotBeWritten) {
  const auto nowhere = (folder_ / "nowhere" / "a.png").string();
  expect_refusal(imagine({"generate", "x", "--model", model_.path().string(), "-o", nowhere}), 2,
                 "--output");
  const auto unnamed = (folder_ / "picture").string();
  expect_refusal(imagine({"generate", "x", "--model", model_.path().string(), "-o", unnamed}), 2,
                 "--output");
}

TEST_F(Command, RefusesAFolderThatTakesNoFiles) {
  const auto refused = imagine({"generate", "x", "--model", model_.path().string(), "-o", "/proc"});
  expect_refusal(refused, 2, "--output");
  expect_refusal(imagine({"generate", "x", "-o", "/proc/a.png"}), 2, "/proc/a.png");
}

TEST_F(Command, RefusesAModelThatIsMissingOrDamaged) {
  expect_refusal(imagine({"generate", "x", "--model", "/nowhere/at/all", "-o", file()}), 3,
                 "/nowhere/at/all");
  const auto good = io::read_file(weights());
  io::write_file(weights(), good.substr(0, good.size() / 2));
  expect_refusal(generate({"x"}), 3, "model.safetensors");
  io::write_file(weights(), std::string("\xff\xff\xff\xff\xff\xff\xff\x7f") + "{}");
  expect_refusal(generate({"x"}), 3, "model.safetensors");
  io::fs::remove(weights());
  expect_refusal(generate({"x"}), 3, "model.safetensors");
  io::write_file(weights(), good);
  auto config = io::read_json(model_.path() / "base" / "config.json");
  config["depth"] = 2;
  io::write_json(model_.path() / "base" / "config.json", config);
  expect_refusal(generate({"x"}), 3, "blocks.1");
  io::write_file(model_.path() / "model.json", "{\"name\": ");
  expect_refusal(generate({"x"}), 3, "model.json");
}

TEST_F(Command, TrainAndDatasetNameWhatTheyMiss) {
  expect_refusal(imagine({"train", "/nowhere/run.json"}), 3, "/nowhere/run.json");
  expect_refusal(imagine({"dataset", "--out", (folder_ / "d").string()}), 2, "--packages");
  expect_refusal(imagine({"dataset", "--packages", "/nowhere", "--out", (folder_ / "d").string()}),
                 2, "fetch_packages.sh");
  expect_refusal(imagine({"info", "/nowhere/a.png"}), 3, "/nowhere/a.png");
}

TEST_F(Command, EvaluatesAModelAgainstItself) {
  const auto model = model_.path().string(), out = (folder_ / "evaluation").string();
  const std::vector<std::string> evaluate = {
      "evaluate",  model, "--against", model, "-o",      out, "--prompts",  "1", "--seeds", "1",
      "--italian", "0",   "--curve",   "1",   "--steps", "1", "--guidance", "2"};
  const auto first = imagine(evaluate);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("CompScore, held out: "));
  EXPECT_THAT(first.out, HasSubstr("no difference shown"));
  const auto results = io::read_file(folder_ / "evaluation" / "results.json");
  const auto page = io::read_file(folder_ / "evaluation" / "report.html");
  // Shipped with the model, it makes it no other one: the pictures still are the model's.
  io::fs::create_directory(model_.path() / "evaluation");
  for (const char* name : {"results.json", "report.html"}) {
    io::fs::copy_file(folder_ / "evaluation" / name, model_.path() / "evaluation" / name);
  }
  const auto again = imagine(evaluate);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(io::read_file(folder_ / "evaluation" / "results.json"), results);
  EXPECT_EQ(io::read_file(folder_ / "evaluation" / "report.html"), page);
}

TEST_F(Command, RefusesAnEvaluationThatCannotBe) {
  const auto model = model_.path().string(), out = (folder_ / "evaluation").string();
  const auto evaluate = [&](std::vector<std::string> arguments) {
    std::vector<std::string> all = {"evaluate", "-o", out};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return imagine(all);
  };
  expect_refusal(evaluate({"/nowhere"}), 3, "/nowhere");
  expect_refusal(evaluate({model, "--against", "/nowhere"}), 3, "/nowhere");
  expect_refusal(evaluate({model, "--judges", "/nowhere"}), 2, "`imagine judge` trains it");
  expect_refusal(evaluate({model, "--real", "/nowhere"}), 2, "/nowhere: expected a folder");
  expect_refusal(evaluate({model, "--training", model}), 2, "train-64-");
  expect_refusal(evaluate({model, "--captions", "5"}), 2, "captions: expected 0, or at least 24");
  expect_refusal(evaluate({model, "--prompts", "0"}), 2, "prompts");
  expect_refusal(imagine({"judge", "--shards", model, "--out", out}), 2, "judge-64-scenes-");
  expect_refusal(imagine({"judge", "--shards", model, "--out", out, "--size", "20"}), 2, "size");
  expect_refusal(imagine({"matcher", "--shards", "/nowhere", "--out", out}), 2, "/nowhere");
  expect_refusal(imagine({"distill", "/nowhere", "--shards", model, "--out", out}), 3, "/nowhere");
  expect_refusal(imagine({"distill", model, "--shards", model, "--out", model}), 2,
                 "not there yet");
  EXPECT_FALSE(std::filesystem::exists(out));
}

/// As `imagine --help` lists them.
std::vector<std::string> commands() {
  const auto help = imagine({"--help"}).out;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::vector<std::string> names;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

TEST_F(Command, HelpShowsExamples) {
  EXPECT_GE(commands().size(), 14u);
  for (const auto& command : commands()) {
    const auto help = imagine({command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example")) << command;
  }
}

TEST_F(Command, TheScriptBesideTheSourcesKnowsEveryCommand) {
  std::ifstream file(path(IMAGINE_SOURCE_DIR) / "imagine");
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  for (const auto& command : commands()) {
    EXPECT_THAT(script, HasSubstr(" " + command + " |")) << "else it would be drawn";
  }
}

}  // namespace
}  // namespace imagine::cli
