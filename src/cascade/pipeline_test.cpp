#include "imagine/pipeline.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "cascade/model_folder.h"
#include "cascade/recipe.h"
#include "core/fields.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "nn/weights.h"

namespace imagine {
namespace {

namespace fs = std::filesystem;

/// A model folder with small random stages of 32 and 64 pixels.
class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    torch::manual_seed(6);
    const denoiser::HybridConfig base = {.size = 32, .stem = 8, .width = 16, .depth = 1, .heads = 2};
    const denoiser::SuperResolutionConfig upscaler = {.factor = 2, .width = 8, .blocks = 1};
    write_stage("base", *denoiser::Hybrid(base), to_json(base));
    write_stage("upscaler", *denoiser::SuperResolution(upscaler), to_json(upscaler));
    const fs::path source = IMAGINE_SOURCE_DIR;
    fs::create_directory_symlink(source / "models/imagine-small/text_encoder",
                                 folder_.path() / "text_encoder");
    cascade::ModelFile model{.name = "tiny", .licence = "none", .default_size = 64, .stages = {}};
    model.stages.push_back({.network = "hybrid", .folder = "base", .size = 32, .sampling = {.steps = 2}});
    model.stages.push_back({.network = "super_resolution",
                            .folder = "upscaler",
                            .size = 64,
                            .sampling = {.steps = 1, .guidance = 1}});
    io::write_json(folder_.path() / "model.json", to_json(model));
  }

  void write_stage(const std::string& name, torch::nn::Module& network, const Json& config) {
    torch::NoGradGuard no_grad;
    for (auto& parameter : network.parameters()) parameter.normal_(0, 0.2);
    fs::create_directory(folder_.path() / name);
    io::write_json(folder_.path() / name / "config.json", config);
    nn::save_weights(network, folder_.path() / name / "model.safetensors", torch::kFloat);
  }

  Pipeline open() const { return Pipeline::open(folder_.path(), {.dtype = "fp32"}); }

  io::TemporaryFolder folder_;
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

TEST_F(PipelineTest, PromptNegativeAndSizeMatter) {
  auto pipeline = open();
  const auto plain = pipeline.generate({.prompt = "a red cube", .size = 32});
  EXPECT_EQ(plain[0].image.width, 32);
  EXPECT_NE(plain[0].image.rgb,
            pipeline.generate({.prompt = "a blue cube", .size = 32})[0].image.rgb);
  EXPECT_NE(plain[0].image.rgb,
            pipeline.generate({.prompt = "a red cube", .negative = "grass", .size = 32})[0].image.rgb);
}

TEST_F(PipelineTest, RefusesWhatItCannotServe) {
  auto pipeline = open();
  EXPECT_THROW(pipeline.generate({.prompt = " "}), InputError);
  EXPECT_THROW(pipeline.generate({.prompt = "x", .count = 0}), InputError);
  EXPECT_THAT([&] { pipeline.generate({.prompt = "x", .size = 100}); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("32, 64, got 100")));
  EXPECT_THROW(pipeline.generate({.prompt = "x", .steps = 0}), ConfigError);
  EXPECT_THROW(pipeline.generate({.prompt = "x", .sampler = "magic"}), ConfigError);
  EXPECT_THROW(pipeline.generate({.prompt = "x", .on_progress = [](const Progress&) { return false; }}),
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

TEST_F(PipelineTest, WeightsOfAnotherShapeAreRefused) {
  auto json = io::read_json(folder_.path() / "base" / "config.json");
  json["depth"] = 2;
  io::write_json(folder_.path() / "base" / "config.json", json);
  auto pipeline = open();
  EXPECT_THAT([&] { pipeline.generate({.prompt = "x"}); },
              testing::ThrowsMessage<FormatError>(testing::HasSubstr("blocks.1")));
}

TEST(Recipe, SurvivesThePictureAndBecomesACommand) {
  const Recipe recipe{.prompt = "a dog's \"ball\" è 漢字",
                      .negative = "fog",
                      .seed = 9,
                      .size = 256,
                      .steps = 16,
                      .guidance = 3,
                      .sampler = "dpm++",
                      .model = "m",
                      .dtype = "bf16"};
  const auto back = cascade::recipe_of(cascade::provenance_of(recipe), "test");
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(recipe));
  EXPECT_EQ(cascade::command_of(recipe),
            "./imagine 'a dog'\\''s \"ball\" è 漢字' --negative 'fog' --seed 9 --size 256 --steps 16 "
            "--guidance 3 --sampler dpm++ --dtype bf16");
}

}  // namespace
}  // namespace imagine
