/// Commands on pictures that are there: edit, upscale, info.
#include <fstream>
#include <gmock/gmock.h>

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
  EXPECT_THAT(imagine({"info", larger}).out, HasSubstr("imagine upscale --seed 2 --size 64 "));
}

TEST_F(Command, EnlargesAlphaWithThePicture) {
  io::RgbaImage image{32, 24, std::vector<std::uint8_t>(32 * 24 * 4, 120)};
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 32; ++x) image.row(y)[4 * x + 3] = std::uint8_t(x < 16 ? 0 : 255);
  }
  const auto source = (folder_ / "clear.png").string(), model = model_.path().string();
  io::write_file(source, io::encode_image(image, ImageFormat::png));
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
    const bool says = made.err.find("a JPEG has no transparency") != std::string::npos;
    EXPECT_EQ(says, !has_alpha) << made.err;  // beside progress, where the machine is slow
  }
}

TEST_F(Command, OfSeveralPicturesTheBadOnesAreNamedAtTheEnd) {
  const auto model = model_.path().string(), out = folder_.path().string();
  const auto put = [&](const std::string& name, const io::Bytes& bytes) {
    io::write_file(folder_ / name, bytes);
    return (folder_ / name).string();
  };
  const Image dot{20, 20, std::vector<std::uint8_t>(1200, 9)};
  const auto good = io::encode_image(dot, ImageFormat::jpeg);
  const Image line{20, 1, std::vector<std::uint8_t>(60, 9)};
  const auto made = imagine({"upscale", put("a.jpg", good), put("bad.jpg", good.substr(0, 300)),
                             put("b.jpg", good), "/nowhere/c.png",
                             put("line.png", io::encode_image(line, ImageFormat::png)),
                             "--model", model, "-o", out});
  EXPECT_EQ(made.code, 3);
  EXPECT_THAT(made.err, AllOf(HasSubstr("3 of 5 pictures were not made: "), HasSubstr("bad.jpg: "),
                              HasSubstr("; /nowhere/c.png: "), HasSubstr("line.png: expected a")));
  EXPECT_THAT(folder_.names(),
              AllOf(testing::Contains("a-40x40.png"), testing::Contains("b-40x40.png")));
}

TEST_F(Command, AMaskChoosesWhereItIsWhiteAndOpaque) {
  ASSERT_EQ(generate({"a cube"}).code, 0);
  io::RgbaImage layer{64, 64, std::vector<std::uint8_t>(64 * 64 * 4, 255)};
  for (int x = 0; x < 64 * 64; ++x) layer.rgba[std::size_t(4 * x + 3)] = 0;
  const auto mask = (folder_ / "mask.png").string();
  const auto edit = [&] {
    io::write_file(mask, io::encode_image(layer, ImageFormat::png));
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
  EXPECT_TRUE(recipe["stages"][0]["steps"].is_number());
  EXPECT_EQ(recipe["prompts"], Json::parse(R"(["a red cube", "it's a cone"])"));
}

TEST_F(Command, InfoTellsWhatOtherProgramsSay) {
  const std::string parameters =
      "a cat\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Seed: 7, Model: \"a, b\"";
  const Image dot{1, 1, {9, 9, 9}};
  for (const auto format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp}) {
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
  io::write_file(file(), io::encode_image(dot, ImageFormat::png));
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
  expect_line(edit({file(), "x", "--known-region", "dirty"}), "--known-region");
  expect_line(edit({file(), "x", "--kept", "dirty"}), "--kept");
  expect_line(edit({file(), "x", "--mask", "nowhere.png"}), "nowhere.png");
  expect_line(imagine({"upscale", (folder_ / "x.png").string()}), "x.png");
}

}  // namespace
}  // namespace imagine::workshop
