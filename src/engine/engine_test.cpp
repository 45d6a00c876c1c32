#include "imagine/engine.h"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>

#include "core/names.h"
#include "core/request_json.h"
#include "models/imagine/efficient_unet.h"
#include "models/tiny_model.h"
#include "nn/tensor_file.h"

namespace imagine {
namespace {

class EngineTest : public testing::Test {
 protected:
  std::shared_ptr<const Model> open() const { return Model::open(folder_.path()); }

  std::vector<Picture> draw(const Request& request) { return engine_.draw(open(), request); }

  models::TinyModel folder_;
  Engine engine_{{.dtype = "fp32"}};
};

/// The largest difference of two pictures' bytes.
int most_apart(const Image& one, const Image& other) {
  EXPECT_EQ(one.rgb.size(), other.rgb.size());
  int most = 0;
  for (std::size_t i = 0; i < one.rgb.size(); ++i) {
    most = std::max(most, std::abs(int(one.rgb[i]) - int(other.rgb[i])));
  }
  return most;
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

/// Some processors sum a batch's rows in another order than one alone: a byte may be rounded to its
/// neighbour. What is exclusive is the same to the last bit.
TEST_F(EngineTest, APictureDependsOnItsSeedAndNotOnItsBatch) {
  const auto three = draw({.prompt = "a red cube", .count = 3, .seed = 5});
  const auto one = draw({.prompt = "a red cube", .count = 1, .seed = 6});
  ASSERT_EQ(three.size(), 3u);
  EXPECT_EQ(three[0].image.width, 64);
  EXPECT_EQ(three[1].recipe.request.seed, 6u);
  EXPECT_LE(most_apart(three[1].image, one[0].image), 1);
  EXPECT_GT(most_apart(three[0].image, three[1].image), 50);
  const auto alone = draw({.prompt = "a red cube", .count = 3, .seed = 5, .exclusive = true});
  const auto again = draw({.prompt = "a red cube", .count = 1, .seed = 6, .exclusive = true});
  EXPECT_EQ(alone[1].image.rgb, again[0].image.rgb);
}

TEST_F(EngineTest, ARecipeIsARequestForThePictureAgain) {
  const auto first = draw(
      {.prompt = "a red cube", .negative = "grass", .count = 2, .seed = 5, .exclusive = true})[1];
  EXPECT_EQ(first.recipe.request.count, 1);
  const auto again = draw(request_of(first.recipe));
  EXPECT_EQ(again[0].image.rgb, first.image.rgb);
  EXPECT_EQ(to_json(again[0].recipe), to_json(first.recipe));
}

TEST_F(EngineTest, PromptNegativeAndSizeMatter) {
  const auto plain = draw({.prompt = "a red cube", .size = 32});
  EXPECT_EQ(plain[0].image.width, 32);
  EXPECT_NE(plain[0].image.rgb, draw({.prompt = "a blue cube", .size = 32})[0].image.rgb);
  EXPECT_NE(plain[0].image.rgb,
            draw({.prompt = "a red cube", .negative = "grass", .size = 32})[0].image.rgb);
}

TEST_F(EngineTest, SignsThatSayNothingChangeNothing) {
  const Request plain{.prompt = "a red cube", .size = 32};
  const auto expected = draw(plain)[0];
  for (const char* prompt : {"a red cube", "a (red:1) cube", "a [red|red] cube"}) {
    auto request = plain;
    request.prompt = prompt, request.prompt_syntax = PromptSyntax::a1111;
    EXPECT_EQ(draw(request)[0].image.rgb, expected.image.rgb) << prompt;
  }
  auto marked = plain;
  marked.prompt = "a (red) [cube]";  // plain: brackets are text
  const auto text = draw(marked)[0];
  marked.prompt_syntax = PromptSyntax::plain;
  EXPECT_EQ(draw(marked)[0].image.rgb, text.image.rgb);
}

TEST_F(EngineTest, WordsRegionsAndTurnsAreDrawnAgainFromTheRecipe) {
  const Request request{
      .prompt = "a (red:2) cube [left:right:0.5] AND a field",
      .negative = "(fog:1.5)",
      .prompt_syntax = PromptSyntax::a1111,
      .regions = {{{.box = {0, 0, 0.5, 1}, .prompt = "a (dog:0.5)", .until = 0.5}}},
      .size = 32};
  const auto picture = draw(request)[0];
  auto again = request_of(picture.recipe);
  EXPECT_EQ(draw(again)[0].image.rgb, picture.image.rgb);
  again.prompt = "what counts is what was read";
  EXPECT_EQ(draw(again)[0].image.rgb, picture.image.rgb);
  auto plain = request;
  plain.regions.reset();
  EXPECT_NE(draw(plain)[0].image.rgb, picture.image.rgb);
}

class DistilledTest : public EngineTest {
 protected:
  DistilledTest() {
    own_ = draw(plain_)[0];
    auto json = io::read_json(folder_.path() / "model.json");
    const Json sampling = {{"sampler", "euler"}, {"steps", 3}, {"guidance", 1}};
    json["stages"][0]["quick"] = {{"folder", "quick"}, {"sampling", sampling}};
    io::write_json(folder_.path() / "model.json", json);
    io::fs::copy(other_.path() / "base", folder_.path() / "quick");
  }

  Picture with(const StageOptions& options) {
    auto request = plain_;
    request.stages = {options};
    return draw(request)[0];
  }

  const Request plain_{.prompt = "a red cube", .size = 32};
  const models::TinyModel other_{384, 7};
  Picture own_;  // by the base
  const StageOptions its_own_{.steps = 3, .sampler = SamplerName::euler, .guidance = 1.0};
};

TEST_F(DistilledTest, DrawsWhatNothingElseIsAskedOf) {
  const auto distilled = draw(plain_)[0];
  EXPECT_NE(distilled.image.rgb, own_.image.rgb);
  EXPECT_EQ(distilled.recipe.stages[0].steps, Steps(3));
  EXPECT_EQ(distilled.recipe.stages[0].network, StageNetwork::distilled);
  EXPECT_EQ(with(its_own_).image.rgb, distilled.image.rgb);
  EXPECT_EQ(draw(request_of(distilled.recipe))[0].image.rgb, distilled.image.rgb);
}

TEST_F(DistilledTest, TheBaseDrawsWhereItIsAskedFor) {
  const auto base = with({.network = StageNetwork::base});
  EXPECT_EQ(base.image.rgb, own_.image.rgb);
  EXPECT_EQ(base.recipe.stages[0].network, StageNetwork::base);
  // With the distilled network's settings it is not that network, and the recipe says so.
  auto in_three = its_own_;
  in_three.network = StageNetwork::base;
  const auto other = with(in_three);
  EXPECT_NE(other.image.rgb, draw(plain_)[0].image.rgb);
  EXPECT_EQ(draw(request_of(other.recipe))[0].image.rgb, other.image.rgb);
}

TEST_F(DistilledTest, TheBaseDrawsWhatTheOtherWasNotTaught) {
  const auto& usual = own_.recipe.stages[0];
  EXPECT_EQ(with({.guidance = usual.guidance}).image.rgb, own_.image.rgb);
  const auto in_three = with({.steps = 3}).recipe.stages[0];
  EXPECT_EQ(in_three.network, StageNetwork::base);
  EXPECT_EQ(in_three.sampler, usual.sampler);
  auto negative = plain_;
  negative.negative = "grass";
  EXPECT_EQ(draw(negative)[0].recipe.stages[0].steps, usual.steps);
  auto edit = plain_;
  edit.task = Task::edit, edit.image = Source{.image = own_.image, .name = "own"};
  EXPECT_EQ(draw(edit)[0].recipe.stages[0].steps, usual.steps);
  edit.stages = {{.network = StageNetwork::distilled}};
  EXPECT_THAT([&] { draw(edit); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("network: expected base")));
}

TEST_F(EngineTest, APictureHasTheAspectThatIsAskedFor) {
  const auto wide = draw({.prompt = "a red cube", .aspect = "3:2"})[0];
  EXPECT_EQ(wide.image.width, 80);
  EXPECT_EQ(wide.image.height, 48);
  EXPECT_EQ(wide.recipe.width, 80);
  EXPECT_EQ(wide.recipe.height, 48);
  const auto tall = draw({.prompt = "a red cube", .size = 32, .aspect = "1:2"})[0];
  EXPECT_EQ(tall.image.width, 24);
  EXPECT_EQ(tall.image.height, 48);
}

TEST_F(EngineTest, APanoramaIsDrawnInWindows) {
  Request request{.prompt = "a red cube",
                  .aspect = "3:1",
                  .aspect_method = AspectMethod::windows,
                  .exclusive = true};
  const auto wide = draw(request)[0];
  EXPECT_EQ(wide.image.width, 192);
  EXPECT_EQ(wide.image.height, 64);
  EXPECT_EQ(draw(request_of(wide.recipe))[0].image.rgb, wide.image.rgb);
  EXPECT_EQ(pixels_of(*open(), request), 192 * 64);
  request.aspect = "1:1";
  const auto square = draw(request)[0].image.rgb;
  request.aspect = "", request.aspect_method = {};
  EXPECT_EQ(square, draw(request)[0].image.rgb) << "one window is the picture";
}

TEST_F(EngineTest, ASecondBaseRefinesTheFirstOnes) {
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
    return engine_.draw(Model::open(folder.path()), request)[0];
  };
  const auto alone = draw({.prompt = "x", .size = 32})[0].image.rgb;
  EXPECT_EQ(with_coarse_base(0, {}).image.rgb, alone);  // it begins at noise: the first is lost
  const auto refined = with_coarse_base(0.5, {});
  EXPECT_NE(refined.image.rgb, alone);
  const auto same = request_of(refined.recipe);
  EXPECT_EQ(refined.recipe.stages[0].steps, Steps(3));
  EXPECT_EQ(refined.recipe.stages[1].steps, Steps(2));
  EXPECT_EQ(with_coarse_base(0.5, same).image.rgb, refined.image.rgb);
  EXPECT_NE(with_coarse_base(0.5, {.stages = {{.steps = 9}}}).image.rgb, refined.image.rgb);
}

TEST_F(EngineTest, AnEfficientUnetEnlarges) {
  torch::manual_seed(3);
  const models::EfficientUnetConfig config = {
      .factor = 2, .width = 8, .multipliers = {1, 2}, .blocks = {1, 1}, .heads = 2};
  models::EfficientUnet network(config);
  const auto upscaler = folder_.path() / "unet";
  io::fs::create_directory(upscaler);
  io::write_json(upscaler / "config.json", to_json(config));
  nn::save_weights(*network, upscaler / "model.safetensors", torch::kFloat);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"][1]["network"] = "efficient_unet", json["stages"][1]["folder"] = "unet";
  io::write_json(folder_.path() / "model.json", json);
  const auto drawn = draw({.prompt = "x", .size = 64})[0];
  EXPECT_EQ(drawn.image.width, 64);
  const Image low{.width = 18, .height = 10, .rgb = std::vector<std::uint8_t>(18 * 10 * 3, 90)};
  const auto larger =
      draw({.task = Task::upscale, .image = Source{.image = low, .name = "low"}})[0];
  EXPECT_EQ(larger.image.width, 36);
  EXPECT_EQ(larger.image.height, 20);
}

TEST_F(EngineTest, CaptionsAreCleanedWhereAskedFor) {
  const auto drawn = [&](const char* prompt, bool clean) {
    return draw({.prompt = prompt, .size = 32, .clean_caption = clean})[0];
  };
  const auto plain = drawn("a red cube", false);
  EXPECT_EQ(drawn("<b>a red cube</b>", true).image.rgb, plain.image.rgb);
  EXPECT_NE(drawn("<b>a red cube</b>", false).image.rgb, plain.image.rgb);
  EXPECT_TRUE(drawn("a red cube", true).recipe.request.clean_caption);
}

TEST_F(EngineTest, RefusesWhatItCannotServe) {
  EXPECT_THROW(draw({.prompt = " "}), InputError);
  EXPECT_THROW(draw({.prompt = "x", .count = 0}), InputError);
  EXPECT_THAT([&] { draw({.prompt = "x", .size = 100}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("32, 64, got 100")));
  EXPECT_THROW(draw({.prompt = "x", .stages = {{.steps = 0}}}), InputError);
  EXPECT_THROW(draw({.prompt = "x", .stages = {{.sampler = SamplerName::ddpm}}}), InputError);
  EXPECT_THAT(
      [&] {
        draw({.prompt = "x", .stages = {{}, {}, {}}});
      },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("each of 2, got 3")));
}

TEST_F(EngineTest, NamesWhatIsWrongInAModelFolder) {
  EXPECT_THROW(Model::open(folder_.path() / "nowhere"), FormatError);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"][0]["folder"] = "../elsewhere";
  io::write_json(folder_.path() / "model.json", json);
  EXPECT_THAT([&] { open(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("stages[0].folder")));
}

TEST_F(EngineTest, AnEditSeesThePictureUnlessItsStrengthIsOne) {
  const auto edited = [&](const Source& source, double strength) {
    Request request{.task = Task::edit, .image = source, .prompt = "x", .size = 32};
    request.stages = {{.strength = strength}};
    return draw(request)[0].image.rgb;
  };
  const auto one = picture(32, 32), other = mask(32, 9);
  EXPECT_NE(edited(one, 0.5), edited(other, 0.5));
  EXPECT_NE(edited(one, 0.5), edited(one, 0.8));
  EXPECT_EQ(edited(one, 1), edited(other, 1));
  EXPECT_EQ(edited(one, 1), draw({.prompt = "x", .size = 32})[0].image.rgb);
}

TEST_F(EngineTest, WhatTheMaskKeepsComesThroughEveryStage) {
  for (const auto known_region : {KnownRegion::clean, KnownRegion::noised}) {
    Request request{.task = Task::edit,
                    .image = picture(64, 64),
                    .mask = mask(64, 40),
                    .prompt = "x",
                    .stages = {{.known_region = known_region}}};
    const auto edited = draw(request)[0].image;
    ASSERT_EQ(edited.width, 64);
    int changed = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 40; ++x) EXPECT_EQ(*edited.at(x, y), *request.image->image.at(x, y));
      for (int x = 40; x < 64; ++x) changed += *edited.at(x, y) != *request.image->image.at(x, y);
    }
    EXPECT_GT(changed, 64 * 24 / 2) << name_of(known_region);
  }
}

TEST_F(EngineTest, AnEditOfAnyShapeIsAsLargeAsItIsSaidToBe) {
  Request request{.task = Task::edit, .image = picture(60, 40), .prompt = "x"};
  const auto expect_said = [&] {
    const auto drawn = draw(request)[0].image;
    EXPECT_EQ(pixels_of(*open(), request), drawn.width * drawn.height);
    return double(drawn.width) / drawn.height;
  };
  EXPECT_NEAR(expect_said(), 1.5, 0.1);
  request.extend = {.right = 1.0};
  EXPECT_NEAR(expect_said(), 3, 0.2);
}

TEST_F(EngineTest, AStrengthMapSaysHowMuchOfEachPlaceIsDrawn) {
  Request request{.task = Task::edit,
                  .image = picture(32, 32),
                  .mask = mask(32, 16),
                  .mask_use = MaskUse::strength,
                  .prompt = "x",
                  .size = 32};
  const auto white = draw(request)[0].image;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 16; ++x) EXPECT_EQ(*white.at(x, y), *request.image->image.at(x, y));
  }
  for (auto& value : request.mask->image.rgb) value /= 3;  // the right half a third
  const auto grey = draw(request)[0].image;
  double of_white = 0, of_grey = 0;  // how far they are from the picture
  for (int y = 0; y < 32; ++y) {
    for (int x = 16; x < 32; ++x) {
      of_white += std::abs(*white.at(x, y) - *request.image->image.at(x, y));
      of_grey += std::abs(*grey.at(x, y) - *request.image->image.at(x, y));
    }
  }
  EXPECT_LT(of_grey, of_white);
  EXPECT_GT(of_grey, 0);
  request.mask_use = {};
  EXPECT_THROW(draw(request), InputError) << "a third is no half: the mask chooses nothing";
}

TEST_F(EngineTest, UpscalesAPictureOfAnyShape) {
  const auto larger = draw({.task = Task::upscale, .image = picture(19, 33)})[0];
  EXPECT_EQ(larger.image.width, 38);
  EXPECT_EQ(larger.image.height, 66);
  EXPECT_EQ(larger.recipe.request.task, Task::upscale);
  EXPECT_EQ(larger.recipe.request.image->name, "picture.png");
}

TEST_F(EngineTest, OurSuperResolutionGoesOnWhereDeepFloydIfEnds) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const auto alone = Model::open(tiny_if);
  const auto model = Model::open(tiny_if, {.upscaler = folder_.path()});
  std::vector<int> sizes;
  for (const auto& stage : model->info().stages) sizes.push_back(stage.size);
  EXPECT_THAT(sizes, testing::ElementsAre(16, 32, 64, 128, 256, 512, 1024));
  Request request{.prompt = "x"};
  request.stages = {{.steps = 2}};
  EXPECT_EQ(engine_.draw(model, request)[0].image.rgb, engine_.draw(alone, request)[0].image.rgb);
  request.size = 128;
  const auto large = engine_.draw(model, request)[0];
  EXPECT_EQ(large.image.width, 128);
  EXPECT_EQ(large.recipe.stages.size(), 4u);
  request.task = Task::edit, request.image = picture(60, 44), request.mask = picture(60, 44);
  std::ranges::fill(request.mask->image.rgb, 255);
  const auto edited = engine_.draw(model, request)[0].image;
  EXPECT_EQ(edited.width, 160);
  EXPECT_EQ(edited.height, 128);
}

TEST_F(EngineTest, ReadsPromptsWithAnotherTextEncoder) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const io::TemporaryFolder apart;
  io::fs::copy(tiny_if / "stage1", apart / "stage1", io::fs::copy_options::recursive);
  io::fs::rename(apart / "stage1" / "text_encoder", apart / "t5");
  io::fs::rename(apart / "stage1" / "tokenizer" / "spiece.model", apart / "t5" / "spiece.model");
  Request request{.prompt = "x"};
  request.stages = {{.steps = 2}};
  EXPECT_THROW(engine_.draw(Model::open(apart / "stage1"), request), FormatError);
  const auto model = Model::open(apart / "stage1", {.text_encoder = apart / "t5"});
  const auto drawn = engine_.draw(model, request)[0];
  EXPECT_EQ(drawn.recipe.text_encoder, (apart / "t5").string());
  const auto whole = Model::open(tiny_if / "stage1");
  EXPECT_EQ(drawn.image.rgb, engine_.draw(whole, request)[0].image.rgb);
}

TEST_F(EngineTest, LowRankChangesOfDeepFloydIfAreThoseOfDiffusers) {
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
  request.stages = {{.steps = 2}};
  const auto model = Model::open(tiny_if / "stage1");
  const auto drawn = [&](const std::vector<LoraUse>& loras) {
    request.loras = loras;
    return engine_.draw(model, request)[0];
  };
  const auto changed = drawn({{file.string(), 0.5}});
  EXPECT_NE(changed.image.rgb, drawn({}).image.rgb);
  EXPECT_THAT(
      drawn({{file.string(), 0.25}, {file.string(), 0.25}}).image.rgb,
      testing::Pointwise(testing::Truly([](const auto& pair) {
                           return std::abs(int(std::get<0>(pair)) - int(std::get<1>(pair))) <= 1;
                         }),
                         changed.image.rgb));
  EXPECT_EQ(changed.recipe.request.loras, (std::vector<LoraUse>{{file.string(), 0.5}}));
  EXPECT_THAT(
      [&] {
        draw({.prompt = "x", .loras = {{file.string(), 1}}});
      },
      testing::ThrowsMessage<FormatError>(testing::HasSubstr("has no such layer")));
}

TEST_F(EngineTest, AModelOfOursMayReadWithAT5) {
  constexpr int kT5Width = 32;
  const io::fs::path t5 = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder";
  models::TinyModel folder(kT5Width);
  io::fs::remove(folder.path() / "text_encoder");
  io::fs::copy(t5, folder.path() / "text_encoder");
  io::fs::copy(t5.parent_path() / "tokenizer" / "spiece.model",
               folder.path() / "text_encoder" / "spiece.model");
  const auto model = Model::open(folder.path());
  EXPECT_NE(engine_.draw(model, {.prompt = "a red cube", .size = 32})[0].image.rgb,
            engine_.draw(model, {.prompt = "a blue cube", .size = 32})[0].image.rgb);
}

TEST_F(EngineTest, AThirdStageMayLieBesideDeepFloydIfs) {
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";
  const io::TemporaryFolder together;
  for (const char* stage : {"stage1", "stage2"}) {
    io::fs::create_directory_symlink(tiny_if / stage, together / stage);
  }
  io::fs::create_directory_symlink(folder_.path(), together / "stage3");
  EXPECT_EQ(Model::open(together.path())->info().stages.back().size, 1024);
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"].erase(1), json["default_size"] = 32;
  io::write_json(folder_.path() / "model.json", json);
  EXPECT_THAT([&] { Model::open(together.path()); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("last stage enlarges")));
}

TEST_F(EngineTest, WeightsOfAnotherShapeAreRefused) {
  auto json = io::read_json(folder_.path() / "base" / "config.json");
  json["depth"] = 2;
  io::write_json(folder_.path() / "base" / "config.json", json);
  EXPECT_THAT([&] { draw({.prompt = "x"}); },
              testing::ThrowsMessage<FormatError>(testing::HasSubstr("blocks.1")));
}

TEST_F(EngineTest, ALargeTextEncodersReadingsAreKeptWhereThatIsAskedFor) {
  const io::TemporaryFolder copy;
  const io::fs::path tiny_if = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1";
  io::fs::copy(tiny_if, copy / "IF", io::fs::copy_options::recursive);
  const Request request{.prompt = "a red cube", .stages = {{.steps = 1}}};
  const auto draw_keeping = [&](const io::fs::path& cache) {
    Engine engine({.dtype = "fp32", .text_cache = cache});
    engine.draw(Model::open(copy / "IF"), request);
  };
  const auto cache = copy / "cache";
  draw_keeping(cache);
  EXPECT_FALSE(io::fs::exists(cache)) << "a small encoder reads at once";
  const auto beside = copy / "IF/text_encoder/model.fp16.safetensors";
  io::write_file(beside, "");
  io::fs::resize_file(beside, std::uintmax_t(2) << 30);  // a hole: takes no room
  draw_keeping({});
  EXPECT_FALSE(io::fs::exists(cache));
  draw_keeping(cache);
  EXPECT_FALSE(io::fs::is_empty(cache / "text"));
}

}  // namespace
}  // namespace imagine
