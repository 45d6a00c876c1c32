#include <fstream>
#include <gmock/gmock.h>
#include <iostream>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "cascade/tiny_model.h"
#include "cli/command.h"
#include "cli/output.h"
#include "core/check.h"
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
  EXPECT_THAT(imagine({"info", larger}).out, HasSubstr("imagine upscale --seed 0 --size 64 "));
}

TEST_F(Command, EnlargesAlphaWithThePicture) {
  io::RgbaImage image{32, 24, std::vector<std::uint8_t>(32 * 24 * 4, 120)};
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 32; ++x) image.row(y)[4 * x + 3] = std::uint8_t(x < 16 ? 0 : 255);
  }
  const auto source = (folder_ / "clear.png").string(), model = model_.path().string();
  io::write_file(source, io::encode_image(image, io::ImageFormat::png));
  for (const std::string name : {"larger.png", "larger.webp", "larger.jpg"}) {
    const auto to = (folder_ / name).string();
    const auto made = imagine({"upscale", source, "--model", model, "-o", to});
    ASSERT_EQ(made.code, 0) << made.err;
    auto larger = io::decode_image(io::read_file(to), to);
    ASSERT_EQ(larger.width, 64);
    const bool has_alpha = !name.ends_with(".jpg");
    EXPECT_EQ(larger.row(20)[4 * 10 + 3], has_alpha ? 0 : 255) << name;
    EXPECT_EQ(larger.row(20)[4 * 60 + 3], 255) << name;
    if (!has_alpha) {
      EXPECT_NEAR(larger.row(20)[4 * 10], 255, 3) << "white";
    }
    EXPECT_EQ(made.err.empty(), has_alpha) << made.err;
    EXPECT_THAT(made.err, HasSubstr(has_alpha ? "" : "a JPEG has no transparency"));
  }
}

TEST_F(Command, OfSeveralPicturesTheBadOnesAreNamedAtTheEnd) {
  const auto model = model_.path().string(), out = folder_.path().string();
  const auto put = [&](const std::string& name, const io::Bytes& bytes) {
    io::write_file(folder_ / name, bytes);
    return (folder_ / name).string();
  };
  const Image dot{20, 20, std::vector<std::uint8_t>(1200, 9)};
  const auto good = io::encode_image(dot, io::ImageFormat::jpeg);
  const Image line{20, 1, std::vector<std::uint8_t>(60, 9)};
  const auto made = imagine({"upscale", put("a.jpg", good), put("bad.jpg", good.substr(0, 300)),
                             put("b.jpg", good), "/nowhere/c.png",
                             put("line.png", io::encode_image(line, io::ImageFormat::png)),
                             "--model", model, "-o", out});
  EXPECT_EQ(made.code, 3);
  EXPECT_THAT(made.err, AllOf(HasSubstr("3 of 5 pictures were not made: "), HasSubstr("bad.jpg: "),
                              HasSubstr("; /nowhere/c.png: "), HasSubstr("line.png: expected a")));
  EXPECT_EQ(std::ranges::count(made.err, '\n'), 1) << made.err;
  EXPECT_THAT(folder_.names(),
              AllOf(testing::Contains("a-40x40.png"), testing::Contains("b-40x40.png")));
}

TEST_F(Command, AMaskChoosesWhereItIsWhiteAndOpaque) {
  ASSERT_EQ(generate({"a cube"}).code, 0);
  io::RgbaImage layer{64, 64, std::vector<std::uint8_t>(64 * 64 * 4, 255)};
  for (int x = 0; x < 64 * 64; ++x) layer.rgba[std::size_t(4 * x + 3)] = 0;
  const auto mask = (folder_ / "mask.png").string();
  const auto edit = [&] {
    io::write_file(mask, io::encode_image(layer, io::ImageFormat::png));
    return imagine({"edit", file(), "a cone", "--model", model_.path().string(), "--mask", mask,
                    "-o", (folder_ / "edited.png").string()});
  };
  const auto nothing = edit();
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("chooses nothing"));
  for (int x = 0; x < 64 * 32; ++x) layer.rgba[std::size_t(4 * x + 3)] = 255;
  EXPECT_EQ(edit().code, 0);
}

TEST_F(Command, InfoTellsHowASheetIsMadeAgain) {
  ASSERT_EQ(generate({"a red cube", "it's a cone", "-n", "2", "--grid", "--seed", "5"}).code, 0);
  const auto sheet = io::read_file(file());
  const auto info = imagine({"info", file()}).out;
  EXPECT_THAT(info, HasSubstr("\nimagine generate --seed 5 "));
  EXPECT_THAT(info, HasSubstr(" --count 2 --grid -- 'a red cube' 'it'\\''s a cone'"));
  const auto recipe = Json::parse(imagine({"info", file(), "--json"}).out);
  EXPECT_THAT(info, HasSubstr(recipe["command"].get<std::string>()));
  EXPECT_THAT(info, HasSubstr(recipe["parameters"].get<std::string>()));
  EXPECT_EQ(recipe["prompts"], Json::parse(R"(["a red cube", "it's a cone"])"));
}

TEST_F(Command, InfoTellsWhatOtherProgramsSay) {
  const std::string parameters =
      "a cat\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Seed: 7, Model: \"a, b\"";
  const Image dot{1, 1, {9, 9, 9}};
  for (const auto format : {io::ImageFormat::png, io::ImageFormat::jpeg, io::ImageFormat::webp}) {
    io::write_file(file(), io::encode_image(dot, format, {.parameters = parameters}));
    const auto json = Json::parse(imagine({"info", file(), "--json"}).out);
    EXPECT_EQ(json["negative"], "fog");
    EXPECT_EQ(json["seed"], 7);
    EXPECT_EQ(json["model"], "a, b");
    EXPECT_EQ(json["parameters"], parameters);
    EXPECT_EQ(imagine({"info", file()}).out,
              "format: A1111\nprompt: a cat\nnegative: fog\nseed: 7\nsteps: 20\n"
              "sampler: Euler a\nmodel: a, b\n");
  }
  io::write_file(file(), io::encode_image(dot, io::ImageFormat::png));
  for (const auto& arguments :
       {std::vector<std::string>{"info", file()}, {"info", file(), "--json"}}) {
    EXPECT_EQ(imagine(arguments).code, 2);
    EXPECT_THAT(imagine(arguments).err, HasSubstr("found nothing of that kind"));
  }
}

TEST_F(Command, WritesAJpegWhoseMetadataIsCutAndSaysSo) {
  const std::string prompt = "a red cube" + std::string(70'000, ' ') + "on grass";
  const auto to = (folder_ / "long.jpg").string();
  const auto made =
      imagine({"generate", prompt, "--model", model_.path().string(), "-o", to, "--size", "32"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, AllOf(HasSubstr("long.jpg: a JPEG holds the first "),
                              HasSubstr("long.jpg: a JPEG cannot hold a recipe of this length")));
  EXPECT_EQ(io::decode_image(io::read_file(to), to).width, 32);
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

TEST_F(Command, MakesTheFoldersThatOutputNames) {
  const auto model = model_.path().string();
  for (const std::string output : {"new/", "deep/er/", "plain", "in/a.png"}) {
    const auto outcome = imagine({"generate", "a red cube", "--size", "32", "--model", model, "-o",
                                  (folder_ / output).string()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(io::fs::is_regular_file(outcome.out.substr(0, outcome.out.size() - 1)));
  }
  EXPECT_TRUE(io::fs::is_regular_file(folder_ / "deep/er/a-red-cube-0.png"));
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
    const Recipe recipe{.prompt = "a red cube"};
    drawing.push_back(fork());
    if (drawing.back() != 0) continue;
    const Captured out(std::cout);
    for (int k = 0; k < 8; ++k) {
      write({.image = {.width = 1, .height = 1, .rgb = {1, 2, 3}}, .recipe = recipe}, drawing_here,
            false);
    }
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
  EXPECT_EQ(Json::parse(made.out)["prompt"], "a red cube\n");
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
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110u) << line;
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
      const auto name = word.substr(0, word.find_first_of("=,;)."));
      for (const auto& text : completions) EXPECT_THAT(text, HasSubstr(name)) << command;
    }
  }
}

}  // namespace
}  // namespace imagine::cli
