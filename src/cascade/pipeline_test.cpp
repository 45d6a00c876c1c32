#include "imagine/pipeline.h"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>

#include "cascade/recipe.h"
#include "cascade/tiny_model.h"
#include "denoiser/efficient_unet.h"
#include "nn/tensor_file.h"

namespace imagine {
namespace {

class PipelineTest : public testing::Test {
 protected:
  Pipeline open() const { return Pipeline::open(folder_.path(), {.dtype = "fp32"}); }

  cascade::TinyModel folder_;
};

TEST_F(PipelineTest, APictureDependsOnItsSeedAndNotOnItsBatch) {
  auto pipeline = open();
  const auto three = pipeline.generate({.prompt = "a red cube", .count = 3, .seed = 5});
  const auto one = pipeline.generate({.prompt = "a red cube", .count = 1, .seed = 6});
  ASSERT_EQ(three.size(), 3u);
  EXPECT_EQ(three[0].image.width, 64);
  EXPECT_EQ(three[1].recipe.seed, 6u);
  EXPECT_EQ(three[1].image.rgb, one[0].image.rgb);
  EXPECT_NE(three[0].image.rgb, three[1].image.rgb);
}

TEST_F(PipelineTest, PicturesArriveOneByOne) {
  auto pipeline = open();
  std::vector<Picture> arrived;
  EXPECT_THROW(pipeline.generate({.prompt = "x",
                                  .count = 20,
                                  .on_progress = [](const Progress& p) { return p.picture == 0; }},
                                 [&](Picture picture) { arrived.push_back(std::move(picture)); }),
               Interrupted);
  EXPECT_GE(arrived.size(), 1u);
  EXPECT_LT(arrived.size(), 20u);
}

TEST_F(PipelineTest, ProgressTellsWhichPicturesAreDrawnTogether) {
  std::vector<std::pair<int, int>> batches;
  open().generate({.prompt = "x", .count = 10, .size = 32, .on_progress = [&](const Progress& p) {
                     const std::pair batch(p.picture, p.together);
                     if (batches.empty() || batches.back() != batch) batches.push_back(batch);
                     return p.pictures == 10;
                   }});
  EXPECT_EQ(batches, (std::vector<std::pair<int, int>>{{0, 8}, {8, 2}}));
}

TEST_F(PipelineTest, PromptNegativeAndSizeMatter) {
  auto pipeline = open();
  const auto plain = pipeline.generate({.prompt = "a red cube", .size = 32});
  EXPECT_EQ(plain[0].image.width, 32);
  EXPECT_NE(plain[0].image.rgb,
            pipeline.generate({.prompt = "a blue cube", .size = 32})[0].image.rgb);
  EXPECT_NE(
      plain[0].image.rgb,
      pipeline.generate({.prompt = "a red cube", .negative = "grass", .size = 32})[0].image.rgb);
}

TEST_F(PipelineTest, AQuickNetworkDrawsWhatNothingElseIsAskedOf) {
  const Request plain{.prompt = "a red cube", .size = 32};
  const auto own = open().generate(plain)[0];
  auto json = io::read_json(folder_.path() / "model.json");
  const Json sampling = {{"sampler", "euler"}, {"steps", 3}, {"guidance", 1}};
  json["stages"][0]["quick"] = {{"folder", "quick"}, {"sampling", sampling}};
  io::write_json(folder_.path() / "model.json", json);
  const cascade::TinyModel other(384, 7);
  io::fs::copy(other.path() / "base", folder_.path() / "quick");

  auto pipeline = open();
  const auto quick = pipeline.generate(plain)[0];
  EXPECT_NE(quick.image.rgb, own.image.rgb);
  EXPECT_EQ(quick.recipe.stages[0].steps, "3");
  auto again = plain;  // as the command in its recipe asks
  again.steps = {"3"}, again.sampler = {"euler"}, again.guidance = {1.0};
  EXPECT_EQ(pipeline.generate(again)[0].image.rgb, quick.image.rgb);

  const auto& usual = own.recipe.stages[0];
  auto asked = plain;
  asked.guidance = {usual.guidance};
  EXPECT_EQ(pipeline.generate(asked)[0].image.rgb, own.image.rgb);
  const PipelineOptions full{.dtype = "fp32", .quick = false};
  EXPECT_EQ(Pipeline::open(folder_.path(), full).generate(plain)[0].image.rgb, own.image.rgb);
  // The base with the quick network's settings is not the quick network, and the recipe says so.
  const auto base = Pipeline::open(folder_.path(), full).generate(again)[0];
  EXPECT_NE(base.image.rgb, quick.image.rgb);
  EXPECT_EQ(base.recipe.stages[0].network, kBaseNetwork);
  EXPECT_EQ(quick.recipe.stages[0].network, kDistilledNetwork);
  EXPECT_THAT(cascade::command_of(base.recipe), testing::HasSubstr(" --full "));
  EXPECT_THAT(cascade::command_of(quick.recipe), testing::Not(testing::HasSubstr("--full")));
  auto partly = plain;
  partly.steps = {"3"};
  const auto own_in_three = pipeline.generate(partly)[0];
  EXPECT_EQ(own_in_three.recipe.stages[0].network, kBaseNetwork);
  EXPECT_EQ(own_in_three.recipe.stages[0].sampler, usual.sampler);
  auto negative = plain;
  negative.negative = "grass";
  EXPECT_EQ(pipeline.generate(negative)[0].recipe.stages[0].steps, usual.steps);
  auto edit = plain;
  edit.task = Task::edit, edit.image = Source{.image = quick.image, .name = "quick"};
  EXPECT_EQ(pipeline.generate(edit)[0].recipe.stages[0].steps, usual.steps);
}

TEST_F(PipelineTest, APictureHasTheAspectThatIsAskedFor) {
  auto pipeline = open();
  const auto wide = pipeline.generate({.prompt = "a red cube", .aspect = "3:2"})[0];
  EXPECT_EQ(wide.image.width, 80);
  EXPECT_EQ(wide.image.height, 48);
  EXPECT_EQ(wide.recipe.width, 80);
  EXPECT_EQ(wide.recipe.height, 48);
  const auto tall = pipeline.generate({.prompt = "a red cube", .size = 32, .aspect = "1:2"})[0];
  EXPECT_EQ(tall.image.width, 24);
  EXPECT_EQ(tall.image.height, 48);
}

TEST_F(PipelineTest, ASecondBaseRefinesTheFirstOnes) {
  const auto with_coarse_base = [&](double begin, Request request) {
    auto json = io::read_json(folder_.path() / "model.json");
    auto coarse = json["stages"][0];
    coarse["size"] = 16;
    json["stages"][0]["sampling"]["begin"] = begin;
    coarse["sampling"] = {{"steps", 3}, {"guidance", 2}, {"sampler", "euler"}};
    json["stages"].insert(json["stages"].begin(), coarse);
    const io::TemporaryFolder folder;
    for (const char* part : {"base", "upscaler", "text_encoder"}) {
      io::fs::create_directory_symlink(folder_.path() / part, folder / part);
    }
    io::write_json(folder / "model.json", json);
    request.prompt = "x", request.size = 32;
    return Pipeline::open(folder.path(), {.dtype = "fp32"}).generate(request)[0];
  };
  const auto alone = open().generate({.prompt = "x", .size = 32})[0].image.rgb;
  EXPECT_EQ(with_coarse_base(0, {}).image.rgb, alone);  // it begins at noise: the first is lost
  const auto refined = with_coarse_base(0.5, {});
  EXPECT_NE(refined.image.rgb, alone);
  Request same;
  for (const auto& stage : refined.recipe.stages) {
    same.steps.push_back(stage.steps);
    same.sampler.push_back(stage.sampler);
    same.guidance.push_back(stage.guidance);
  }
  EXPECT_EQ(same.steps, (std::vector<std::string>{"3", "2"}));
  EXPECT_EQ(with_coarse_base(0.5, same).image.rgb, refined.image.rgb);
  EXPECT_NE(with_coarse_base(0.5, {.steps = {"9"}}).image.rgb, refined.image.rgb);
}

TEST_F(PipelineTest, AnEfficientUnetEnlarges) {
  torch::manual_seed(3);
  const denoiser::EfficientUnetConfig config = {
      .factor = 2, .width = 8, .multipliers = {1, 2}, .blocks = {1, 1}, .heads = 2};
  denoiser::EfficientUnet network(config);
  const auto upscaler = folder_.path() / "unet";
  io::fs::create_directory(upscaler);
  io::write_json(upscaler / "config.json", to_json(config));
  nn::save_weights(*network, upscaler / "model.safetensors", torch::kFloat);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"][1]["network"] = "efficient_unet", json["stages"][1]["folder"] = "unet";
  io::write_json(folder_.path() / "model.json", json);
  auto pipeline = open();
  const auto drawn = pipeline.generate({.prompt = "x", .size = 64})[0];
  EXPECT_EQ(drawn.image.width, 64);
  const Image low{.width = 18, .height = 10, .rgb = std::vector<std::uint8_t>(18 * 10 * 3, 90)};
  const auto larger =
      pipeline.generate({.task = Task::upscale, .image = Source{.image = low, .name = "low"}})[0];
  EXPECT_EQ(larger.image.width, 36);
  EXPECT_EQ(larger.image.height, 20);
}

TEST_F(PipelineTest, CaptionsAreCleanedWhereAskedFor) {
  auto pipeline = open();
  const auto draw = [&](const char* prompt, bool clean) {
    return pipeline.generate({.prompt = prompt, .size = 32, .clean_caption = clean})[0];
  };
  const auto plain = draw("a red cube", false);
  EXPECT_EQ(draw("<b>a red cube</b>", true).image.rgb, plain.image.rgb);
  EXPECT_NE(draw("<b>a red cube</b>", false).image.rgb, plain.image.rgb);
  EXPECT_TRUE(draw("a red cube", true).recipe.clean_caption);
}

TEST_F(PipelineTest, RefusesWhatItCannotServe) {
  auto pipeline = open();
  EXPECT_THROW(pipeline.generate({.prompt = " "}), InputError);
  EXPECT_THROW(pipeline.generate({.prompt = "x", .count = 0}), InputError);
  EXPECT_THAT([&] { pipeline.generate({.prompt = "x", .size = 100}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("32, 64, got 100")));
  EXPECT_THROW(pipeline.generate({.prompt = "x", .steps = {"0"}}), InputError);
  EXPECT_THROW(pipeline.generate({.prompt = "x", .sampler = {"magic"}}), InputError);
  EXPECT_THAT(
      [&] {
        pipeline.generate({.prompt = "x", .steps = {"1", "2", "3"}});
      },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("one value, or 2 for")));
  EXPECT_THROW(
      pipeline.generate({.prompt = "x", .on_progress = [](const Progress&) { return false; }}),
      Interrupted);
}

TEST_F(PipelineTest, NamesWhatIsWrongInAModelFolder) {
  EXPECT_THROW(Pipeline::open(folder_.path() / "nowhere"), FormatError);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"][0]["folder"] = "../elsewhere";
  io::write_json(folder_.path() / "model.json", json);
  EXPECT_THAT([&] { open(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("stages[0].folder")));
}

Source picture(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int i = 0; i < width * height; ++i) {
    image.rgb.insert(image.rgb.end(), {std::uint8_t(i), 90, std::uint8_t(i / width * 3)});
  }
  return {.image = std::move(image), .name = "picture.png"};
}

/// White from column `left` on.
Source mask(int side, int left) {
  auto mask = picture(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) std::fill_n(mask.image.at(x, y), 3, x < left ? 0 : 255);
  }
  return mask;
}

TEST_F(PipelineTest, AnEditSeesThePictureUnlessItsStrengthIsOne) {
  auto pipeline = open();
  const auto edited = [&](const Source& source, double strength) {
    Request request{.task = Task::edit, .image = source, .prompt = "x", .size = 32};
    request.strength = {strength};
    return pipeline.generate(request)[0].image.rgb;
  };
  const auto one = picture(32, 32), other = mask(32, 9);
  EXPECT_NE(edited(one, 0.5), edited(other, 0.5));
  EXPECT_NE(edited(one, 0.5), edited(one, 0.8));
  EXPECT_EQ(edited(one, 1), edited(other, 1));
  EXPECT_EQ(edited(one, 1), pipeline.generate({.prompt = "x", .size = 32})[0].image.rgb);
}

TEST_F(PipelineTest, WhatTheMaskKeepsComesThroughEveryStage) {
  auto pipeline = open();
  for (const std::string kept : {"clean", "noised"}) {
    Request request{.task = Task::edit,
                    .image = picture(64, 64),
                    .mask = mask(64, 40),
                    .prompt = "x",
                    .kept = kept};
    const auto edited = pipeline.generate(request)[0].image;
    ASSERT_EQ(edited.width, 64);
    int changed = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 40; ++x) EXPECT_EQ(*edited.at(x, y), *request.image->image.at(x, y));
      for (int x = 40; x < 64; ++x) changed += *edited.at(x, y) != *request.image->image.at(x, y);
    }
    EXPECT_GT(changed, 64 * 24 / 2) << kept;
  }
}

TEST_F(PipelineTest, UpscalesAPictureOfAnyShape) {
  auto pipeline = open();
  const auto larger = pipeline.generate({.task = Task::upscale, .image = picture(19, 33)})[0];
  EXPECT_EQ(larger.image.width, 38);
  EXPECT_EQ(larger.image.height, 66);
  EXPECT_EQ(larger.recipe.task, "upscale");
  EXPECT_EQ(larger.recipe.image, "picture.png");
}

TEST_F(PipelineTest, OurSuperResolutionGoesOnWhereDeepFloydIfEnds) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  auto alone = Pipeline::open(tiny_if, {.dtype = "fp32"});
  auto pipeline = Pipeline::open(tiny_if, {.dtype = "fp32", .upscaler = folder_.path()});
  EXPECT_THAT(pipeline.sizes(), testing::ElementsAre(16, 32, 64, 128, 256, 512, 1024));
  Request request{.prompt = "x"};
  request.steps = {"2"};
  EXPECT_EQ(pipeline.generate(request)[0].image.rgb, alone.generate(request)[0].image.rgb);
  request.size = 128;
  const auto large = pipeline.generate(request)[0];
  EXPECT_EQ(large.image.width, 128);
  EXPECT_EQ(large.recipe.stages.size(), 4u);
  request.task = Task::edit, request.image = picture(60, 44), request.mask = picture(60, 44);
  std::ranges::fill(request.mask->image.rgb, 255);
  const auto edited = pipeline.generate(request)[0].image;
  EXPECT_EQ(edited.width, 160);
  EXPECT_EQ(edited.height, 128);
}

TEST_F(PipelineTest, ReadsPromptsWithAnotherTextEncoder) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const io::TemporaryFolder apart;
  io::fs::copy(tiny_if / "stage1", apart / "stage1", io::fs::copy_options::recursive);
  io::fs::rename(apart / "stage1" / "text_encoder", apart / "t5");
  io::fs::rename(apart / "stage1" / "tokenizer" / "spiece.model", apart / "t5" / "spiece.model");
  Request request{.prompt = "x"};
  request.steps = {"2"};
  EXPECT_THROW(Pipeline::open(apart / "stage1").generate(request), FormatError);
  auto pipeline = Pipeline::open(apart / "stage1", {.dtype = "fp32", .text_encoder = apart / "t5"});
  const auto drawn = pipeline.generate(request)[0];
  EXPECT_EQ(drawn.recipe.text_encoder, (apart / "t5").string());
  EXPECT_THAT(cascade::command_of(drawn.recipe), testing::HasSubstr(" --text-encoder='"));
  auto whole = Pipeline::open(tiny_if / "stage1", {.dtype = "fp32"});
  EXPECT_EQ(drawn.image.rgb, whole.generate(request)[0].image.rgb);
}

TEST_F(PipelineTest, LowRankChangesOfDeepFloydIfAreThoseOfDiffusers) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const auto file = folder_.path() / "lora.safetensors";
  const io::SafetensorsFile unet(tiny_if / "stage1/unet/diffusion_pytorch_model.safetensors");
  std::map<std::string, Tensor> changes;
  for (const auto& [name, view] : unet.tensors()) {
    if (!name.ends_with("to_q.weight")) continue;
    const auto layer = "unet." + name.substr(0, name.size() - std::strlen(".weight"));
    changes[layer + ".lora.down.weight"] = torch::ones({2, view.shape[1]});
    changes[layer + ".lora.up.weight"] = torch::ones({view.shape[0], 2});
  }
  ASSERT_FALSE(changes.empty());
  nn::save_tensors(changes, file);
  Request request{.prompt = "x"};
  request.steps = {"2"};
  const auto drawn = [&](std::vector<LoraUse> loras) {
    auto pipeline = Pipeline::open(tiny_if / "stage1", {.dtype = "fp32", .loras = loras});
    return pipeline.generate(request)[0];
  };
  const auto changed = drawn({{file, 0.5}});
  EXPECT_NE(changed.image.rgb, drawn({}).image.rgb);
  EXPECT_THAT(
      drawn({{file, 0.25}, {file, 0.25}}).image.rgb,
      testing::Pointwise(testing::Truly([](const auto& pair) {
                           return std::abs(int(std::get<0>(pair)) - int(std::get<1>(pair))) <= 1;
                         }),
                         changed.image.rgb));
  EXPECT_THAT(changed.recipe.loras, testing::ElementsAre(file.string() + ":0.5"));
  auto ours = Pipeline::open(folder_.path(), {.loras = {{file, 1}}});
  EXPECT_THAT([&] { ours.generate({.prompt = "x"}); },
              testing::ThrowsMessage<FormatError>(testing::HasSubstr("has no such layer")));
}

TEST_F(PipelineTest, AModelOfOursMayReadWithAT5) {
  constexpr int kT5Width = 32;
  const io::fs::path t5 = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder";
  cascade::TinyModel folder(kT5Width);
  io::fs::remove(folder.path() / "text_encoder");
  io::fs::copy(t5, folder.path() / "text_encoder");
  io::fs::copy(t5.parent_path() / "tokenizer" / "spiece.model",
               folder.path() / "text_encoder" / "spiece.model");
  auto pipeline = Pipeline::open(folder.path(), {.dtype = "fp32"});
  EXPECT_NE(pipeline.generate({.prompt = "a red cube", .size = 32})[0].image.rgb,
            pipeline.generate({.prompt = "a blue cube", .size = 32})[0].image.rgb);
}

TEST_F(PipelineTest, AThirdStageMayLieBesideDeepFloydIfs) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const io::TemporaryFolder together;
  for (const char* stage : {"stage1", "stage2"}) {
    io::fs::create_directory_symlink(tiny_if / stage, together / stage);
  }
  io::fs::create_directory_symlink(folder_.path(), together / "stage3");
  EXPECT_EQ(Pipeline::open(together.path()).sizes().back(), 1024);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"].erase(1), json["default_size"] = 32;
  io::write_json(folder_.path() / "model.json", json);
  EXPECT_THAT([&] { Pipeline::open(together.path()); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("last stage enlarges")));
}

TEST_F(PipelineTest, WeightsOfAnotherShapeAreRefused) {
  auto json = io::read_json(folder_.path() / "base" / "config.json");
  json["depth"] = 2;
  io::write_json(folder_.path() / "base" / "config.json", json);
  auto pipeline = open();
  EXPECT_THAT([&] { pipeline.generate({.prompt = "x"}); },
              testing::ThrowsMessage<FormatError>(testing::HasSubstr("blocks.1")));
}

}  // namespace
}  // namespace imagine
