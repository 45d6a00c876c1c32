#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/output.h"
#include "core/check.h"
#include "imagine/image.h"
#include "io/image_file.h"
#include "workshop/command_fixture.h"

namespace imagine::workshop {

using namespace cli;

namespace {

using io::fs::path;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
              testing::UnorderedElementsAre("out-a-red-cube-2.png", "out-a-red-cube-3.png"));
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
  EXPECT_THAT(folder_.names(), testing::UnorderedElementsAre("a-red-cube-2.png",
                                                             "a-red-cube-2-2.png", "漢字-è-2.png"));
}

TEST_F(Command, RefusesBadArguments) {
  expect_refusal(generate({""}), 2, "prompt");
  expect_refusal(generate({" \t"}), 2, "prompt");
  expect_refusal(generate({}), 2, "PROMPT");
  expect_refusal(generate({"x", "--stepz", "3"}), 2, "--stepz");
  expect_refusal(generate({"x", "-n", "0"}), 2, "--count");
  expect_refusal(generate({"x", "-n", "many"}), 2, "--count");
  expect_refusal(generate({"x", "--steps", "0"}), 2, "--steps");
  for (const char* seed : {"-2", "1.5", "", "chance", "9007199254740993", "+1", " 1"}) {
    expect_refusal(generate({"x", "--seed", seed}), 2, "--seed: expected 0 to 9007199254740992");
  }
  expect_refusal(generate({"x", "--seed", "99999999999999999999"}), 2, "--seed");
  expect_refusal(generate({"x", "--guidance", "nan"}), 2, "guidance");
  expect_refusal(generate({"x", "--size", "100"}), 2, "size");
  expect_refusal(generate({"x", "--sampler", "magic"}), 2, "sampler");
  expect_refusal(generate({"x", "--format", "gif"}), 2, "gif");
  expect_refusal(generate({"x", "--dtype", "fp8"}), 2, "--dtype: expected auto, bf16, fp32");
  expect_refusal(generate({"x", "--dtype", "fp23"}), 2, "did you mean fp32?");
  expect_refusal(generate({"x", "--sampler", "dmp++"}), 2, "did you mean dpm++?");
  expect_refusal(generate({"x", "--device", "tpu"}), 2, "device");
  expect_refusal(imagine({"bench", "sampler", "--sampler", "none"}), 2, "--sampler");
  expect_refusal(generate({"x", "--lora", "mug:much"}), 2, "FILE:WEIGHT");
  expect_refusal(generate({"--lora", "mug", "--lora", "/nowhere", "x"}), 3, "mug");
  expect_refusal(generate({"x", "--lora", "/nowhere.safetensors:0.5"}), 3, "/nowhere.safetensors");
  expect_refusal(generate({"\xff\xfe"}), 2, "UTF-8");
  expect_refusal(imagine({"paint"}), 2, "paint");
  expect_refusal(imagine({"trian", "configs/base.json"}), 2, "did you mean imagine train?");
  expect_refusal(imagine({"a", "red", "apple"}), 2, "imagine \"a red apple\"");
  expect_refusal(imagine({"generate", "a", "red", "apple"}), 2, "\"a red apple\"");
  expect_refusal(imagine({"edit", "a.png", "a", "red", "apple"}), 2, "\"a red apple\"");
  expect_refusal(generate({"x", "--sizee", "64"}), 2, "did you mean --size?");
  expect_refusal(imagine({"-v"}), 2, "did you mean --version?");
  expect_refusal(imagine({""}), 2, "prompt");
}

TEST_F(Command, TellsTheWayWhereNothingIsSaid) {
  const auto outcome = imagine({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("imagine \"a photo of"), HasSubstr("imagine help")));
}

TEST_F(Command, HelpAndVersionAreCommands) {
  EXPECT_EQ(imagine({"version"}).out, imagine({"--version"}).out);
  EXPECT_EQ(imagine({"help"}).out, imagine({"--help"}).out);
  EXPECT_EQ(imagine({"help", "edit"}).out, imagine({"edit", "--help"}).out);
  EXPECT_EQ(imagine({"help", "edit"}).code, 0);
}

TEST_F(Command, ValuesThatAreNoNumbersAreToldSo) {
  expect_refusal(generate({"x", "--size", "big"}), 2, "--size: expected a number, got big");
  expect_refusal(imagine({"train", "a.json", "--updates", "many"}), 2, "--updates");
}

TEST_F(Command, WhatMakesAPictureAgainNamesItsModel) {
  ASSERT_EQ(generate({"a red cube", "--size", "32"}).code, 0);
  EXPECT_THAT(imagine({"info", file()}).out, HasSubstr(" --model='" + model_.path().string()));
}

TEST_F(Command, PicturesAreToldAsJsonWhateverTheirFilesAreCalled) {
  const auto path = (folder_ / "b\xFF.png").string();
  const auto made = imagine({"generate", "a red cube", "--size", "32", "--model",
                             model_.path().string(), "-o", path, "--json"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Json::accept(made.out));
}

TEST_F(Command, WhatControlsATerminalIsNotPrinted) {
  const auto made = imagine({"info", "/no\x1b[31mwhere\x07.png"});
  EXPECT_THAT(made.err, HasSubstr("/no[31mwhere.png"));
  EXPECT_EQ(made.err.find('\x1b'), std::string::npos);
}

TEST_F(Command, SeedsOfAllPicturesStayWithinWhatJsonHolds) {
  expect_refusal(generate({"x", "-n", "3", "--seed", "9007199254740991"}), 2, "seed: expected");
  EXPECT_EQ(generate({"x", "--size", "32", "--seed", "9007199254740991"}).code, 0);
}

TEST_F(Command, MakesTheFoldersThatOutputNames) {
  const auto model = model_.path().string();
  for (const std::string output : {"new/", "deep/er/", "plain", "in/a.png"}) {
    const auto outcome = imagine({"generate", "a red cube", "--size", "32", "--model", model, "-o",
                                  (folder_ / output).string()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(io::fs::is_regular_file(outcome.out.substr(0, outcome.out.size() - 1)));
  }
  EXPECT_TRUE(io::fs::is_regular_file(folder_ / "deep/er/a-red-cube-2.png"));
  EXPECT_TRUE(io::fs::is_regular_file(folder_ / "in/a.png"));
}

TEST_F(Command, RefusesAnOutputThatCannotBeWritten) {
  const auto refused = [&](const std::string& output, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"generate", "x", "--model", model_.path().string(), "-o", output});
    return imagine(more);
  };
  expect_refusal(refused((folder_ / "a.tiff").string()), 2, "*.png, *.jpg or *.webp");
  expect_refusal(refused((folder_ / "a.tiff").string(), {"--format", "png"}), 2, "*.png");
  expect_refusal(refused(file(), {"--format", "jpeg"}), 2, "--format: expected what --output says");
  expect_refusal(refused("/dev/null/new/"), 2, "--output");
  expect_refusal(refused("-"), 2, "--output: expected a file named");
  expect_refusal(refused((folder_ / ".png").string()), 2, "--output: expected a file named");
  ASSERT_EQ(generate({"a cube", "--size", "32"}).code, 0);
  const auto over = imagine({"upscale", file(), "--model", model_.path().string(), "-o", file()});
  EXPECT_EQ(over.code, 2);
  EXPECT_THAT(over.err, HasSubstr("expected another file"));
}

TEST_F(Command, NamesThatItMakesAreTakenOneByOne) {
  const auto folder = folder_.path().string();
  constexpr int kAtOnce = 4;
  std::vector<pid_t> drawing;
  for (int i = 0; i < kAtOnce; ++i) {
    Drawing drawing_here;
    drawing_here.output = folder;
    Picture picture;
    picture.image = {.width = 1, .height = 1, .rgb = {1, 2, 3}};
    picture.recipe.request.prompt = "a red cube";
    drawing.push_back(fork());
    if (drawing.back() != 0) continue;
    const Captured out(std::cout);
    for (int k = 0; k < 8; ++k) write(picture, drawing_here, false);
    std::_Exit(0);
  }
  for (const auto process : drawing) waitpid(process, nullptr, 0);
  EXPECT_EQ(folder_.names().size(), 8u * kAtOnce);
}

TEST_F(Command, APromptIsNeverAList) {
  for (const std::string prompt : {"[red, blue] cubes", "[a, b]", "++", "-x of a cat", "a,b"}) {
    const auto made = generate({"--size", "32", "--json", "--negative", prompt, "--", prompt});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto json = Json::parse(made.out);
    EXPECT_EQ(json["prompt"], prompt);
    EXPECT_EQ(json["negative"], prompt);
    EXPECT_EQ(json["stages"][0]["steps"], 2) << "a number";
  }
}

TEST_F(Command, ReadsAPromptFromStandardInput) {
  std::istringstream text("a red cube\n");
  auto* before = std::cin.rdbuf(text.rdbuf());
  const auto made = generate({"-", "--size", "32", "--json"});
  std::cin.rdbuf(before);
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(Json::parse(made.out)["prompt"], "a red cube");
}

TEST_F(Command, SaysHowMuchOfALongPromptIsRead) {
  std::string prompt = "red";
  for (int words = 1; words < 100; ++words) {
    prompt += " red";
    if (words % 33 != 12 && words != 45 && words != 46) continue;  // 46 words and two marks fit
    const auto made = generate({prompt, "--size", "32"});
    ASSERT_EQ(made.code, 0);
    const int tokens = words + 1 + 2;
    EXPECT_EQ(made.err.empty(), tokens <= 48) << made.err;
    const auto said = concat("reads 48 of the ", tokens, " tokens");
    EXPECT_EQ(made.err.find(said) != std::string::npos, tokens > 48) << made.err;
  }
}

TEST_F(Command, ChanceChoosesASeedThatMakesThePictureAgain) {
  std::set<std::uint64_t> seeds;
  for (const char* chance : {"-1", "random"}) {
    const auto made = generate({"a cube", "--size", "32", "--seed", chance, "--json"});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto seed = Json::parse(made.out)["seed"].get<std::uint64_t>();
    EXPECT_THAT(made.err, HasSubstr(concat("seed ", seed, "\n")));
    seeds.insert(seed);
    const auto picture = io::read_file(file());
    ASSERT_EQ(generate({"a cube", "--size", "32", "--seed", std::to_string(seed)}).code, 0);
    EXPECT_EQ(io::read_file(file()), picture);
  }
  EXPECT_EQ(seeds.size(), 2u);
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
    if (line[2] == ' ') continue;  // a description goes on
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

TEST_F(Command, HelpSaysDefaultsAndTheFieldsWords) {
  const auto help = imagine({"generate", "--help", "--model", model_.path().string()}).out;
  EXPECT_THAT(help, AllOf(HasSubstr("LoRA"), HasSubstr("CFG scale"), HasSubstr("negative prompt"),
                          HasSubstr("Sizes of tiny: 32, 64 (default: 64)"),
                          HasSubstr("32 pixels: --steps 2 --sampler dpm++ --guidance 3")));
  EXPECT_THAT(imagine({"edit", "--help"}).out,
              AllOf(HasSubstr("inpainting"), HasSubstr("img2img")));
  for (const auto& command : commands()) {
    const auto text = imagine({command, "--help"}).out;
    EXPECT_THAT(text, testing::Not(testing::AnyOf(HasSubstr("TEXT:"), HasSubstr("UINT"))));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
  }
}

/// Every command and every option that help lists is completed and in the manual.
TEST_F(Command, ShellsAndTheManualKnowEveryCommandAndOption) {
  const auto manual = imagine({"manual"}).out;
  const std::string completions[] = {imagine({"completion", "bash"}).out,
                                     imagine({"completion", "zsh"}).out};
  const auto fish = imagine({"completion", "fish"}).out;
  for (const auto& command : commands()) {
    EXPECT_THAT(manual, HasSubstr(".SH \"imagine " + command + "\""));
    EXPECT_THAT(fish, HasSubstr("-a '" + command + "'"));
    std::istringstream words(imagine({command, "--help"}).out);
    for (std::string word; words >> word;) {
      if (!word.starts_with("--") || word.size() < 4 || word.back() == ',') continue;
      const auto name = word.substr(0, word.find_first_of("=,;).`'|"));
      for (const auto& text : completions) EXPECT_THAT(text, HasSubstr(name)) << command;
    }
  }
}

}  // namespace
}  // namespace imagine::workshop
