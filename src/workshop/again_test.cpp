/// What `imagine info` prints makes the picture again, whatever was asked for.
#include <cstdio>
#include <gmock/gmock.h>

#include "core/check.h"
#include "core/random.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "workshop/command_fixture.h"

namespace imagine::workshop {

using namespace cli;

namespace {

using Words = std::vector<std::string>;

class Again : public Command {
 protected:
  /// The model with a quick network beside its base.
  Again() {
    const models::TinyModel other(384, 7);
    io::fs::copy(other.path() / "base", model_.path() / "quick");
    auto json = io::read_json(model_.path() / "model.json");
    json["stages"][0]["quick"] = {
        {"folder", "quick"}, {"sampling", {{"sampler", "euler"}, {"steps", 3}, {"guidance", 1}}}};
    io::write_json(model_.path() / "model.json", json);
    write("source.png", 40, 30);
    write("mask.png", 40, 30);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Black on the left, white on the right.
  void write(const std::string& name, int width, int height) const {
    Image image{width, height, std::vector<std::uint8_t>(std::size_t(width * height * 3))};
    for (int y = 0; y < height; ++y) {
      for (int x = width / 2; x < width; ++x) std::fill_n(image.at(x, y), 3, std::uint8_t(255));
    }
    io::write_file(path(name), io::encode_image(image, ImageFormat::png));
  }

  Words some_request(Random& random) const {
    const Words tasks = {"generate", "generate", "generate", "edit", "upscale"};
    const auto task = random.pick(tasks);
    const bool draws = task == "generate", upscales = task == "upscale";
    Words words = {task, "--model", model_.path().string(), "--dtype", "fp32"};
    const auto add = [&](double chance, const std::string& option, const Words& values) {
      if (!random.chance(chance)) return;
      words.push_back(option);
      if (!values.empty()) words.push_back(random.pick(values));
    };
    add(0.7, "--seed", {"0", "7", "4294967296", "9007199254740992"});
    if (!upscales) add(0.6, "--size", {"32", "64"});
    add(0.3, "--steps", {"1", "2", "3"});
    add(0.3, "--sampler", {"euler", "heun", "dpm++", "dpm++3m", "unipc"});
    add(0.3, "--guidance", {"1", "1.5", "2"});
    add(0.2, "--noise-level", {"0", "0.25"});
    if (draws) add(0.3, "--aspect", {"3:2", "1:2", "16:9"});
    if (!upscales) add(0.3, "--full", {});
    if (!upscales) add(0.3, "--negative", {"fog", "it's, \"grey\": -x", "--size"});
    if (task == "edit") add(0.5, "--strength", {"0.5", "1"});
    if (task == "edit") add(0.5, "--mask", {path("mask.png")});
    words.emplace_back("--");
    if (!draws) words.push_back(path("source.png"));
    const Words prompts = {"a red cube", "--size 64, 'quoted' \"twice\"", "$HOME `id`\nand è 猫",
                           "x"};
    if (!upscales) words.push_back(random.pick(prompts));
    return words;
  }

  /// The arguments as they were, with the picture going to `name`.
  static Words to(const std::string& name, Words words) {
    words.insert(words.begin() + 1, {"-o", name});
    return words;
  }
};

/// As a shell takes the command apart.
Words words_of(const std::string& command) {
  const std::string program = "imagine ";
  EXPECT_THAT(command, testing::StartsWith(program));
  auto* pipe = popen(concat("printf '%s\\0' ", command.substr(program.size())).c_str(), "r");
  Words words(1);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c == 0) {
      words.emplace_back();
    } else {
      words.back() += char(c);
    }
  }
  pclose(pipe);
  words.pop_back();
  return words;
}

TEST_F(Again, TheSameBytesComeOfTheRecipe) {
  Random random(1, "requests");
  for (int i = 0; i < 24; ++i) {
    const auto asked = some_request(random);
    SCOPED_TRACE(testing::PrintToString(asked));
    const auto first = imagine(to(path("first.png"), asked));
    ASSERT_EQ(first.code, 0) << first.err;
    const auto told = imagine({"info", "--json", path("first.png")});
    ASSERT_EQ(told.code, 0) << told.err;
    const auto command = Json::parse(told.out).at("command").get<std::string>();
    const auto again = imagine(to(path("again.png"), words_of(command)));
    ASSERT_EQ(again.code, 0) << command << '\n' << again.err;
    EXPECT_EQ(io::read_file(path("again.png")), io::read_file(path("first.png"))) << command;
  }
}

}  // namespace
}  // namespace imagine::workshop
