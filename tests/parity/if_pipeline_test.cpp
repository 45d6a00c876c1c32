/// Whole runs of DeepFloyd IF's pipelines against diffusers: final tensors, and the PNGs.
#include <cstdlib>
#include <gmock/gmock.h>
#include <map>

#include <torch/utils.h>

#include "cascade/job.h"
#include "cascade/model.h"
#include "imagine/pipeline.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "nn/pixels.h"
#include "nn/tensor_file.h"
#include "nn/text_batch.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";

class IfPipelineParity : public testing::Test {
 protected:
  Json settings(const std::string& run) const { return expected_json_.at("pipeline." + run); }
  Tensor wanted(const std::string& run) const {
    return nn::tensor_of(expected_, "pipeline." + run);
  }
  io::RgbaImage png(const std::string& run, int index = 0) const {
    const auto path = kFolder / concat("pipeline.", run, '.', index, ".png");
    return io::decode_image(io::read_file(path), path.string());
  }
  std::string prompt() const { return expected_json_.at("prompts")[0].get<std::string>(); }

  /// One stage of `model` as `run` asks for it.
  Tensor draw(const std::string& folder, const std::string& run, const Tensor& coarse = {}) const {
    const auto json = settings(run);
    const auto model = cascade::open_model(kFolder / folder);
    const auto encoder = text::load_text_encoder(model.readings[0].text_encoder, torch::kFloat);
    const auto count = json.value("num_images_per_prompt", 1);
    const auto states = [&](const std::string& text) {
      return nn::repeated(encoder->encode({text}, model.readings[0].text_length), count);
    };
    const auto& plan = *model.stages.front();
    cascade::StageWishes wishes{.steps = std::to_string(json.at("num_inference_steps").get<int>()),
                                .sampler = {},
                                .guidance = json.at("guidance_scale").get<double>()};
    if (json.contains("noise_level")) wishes.noise_level = json.at("noise_level").get<double>();
    cascade::StageTask task{.prompts = {.text = states(prompt()), .negative = states("")},
                            .coarse = coarse,
                            .seeds = {},
                            .settings = plan.settled(wishes)};
    for (int i = 0; i < count; ++i) task.seeds.push_back(json.at("seed").get<std::uint64_t>() + i);
    return plan.load({}, {})->draw(task);
  }

  /// What stage I makes of a picture of its own size.
  Tensor edited(const Request& request) const {
    const auto model = cascade::open_model(kFolder / "stage1");
    const auto encoder = text::load_text_encoder(model.readings[0].text_encoder, torch::kFloat);
    const auto job = cascade::job_of(request, model);
    const Extent extent{.width = 32, .height = 32};
    cascade::StageTask task{
        .prompts = {.text = encoder->encode({request.prompt}, model.readings[0].text_length),
                    .negative = encoder->encode({""}, model.readings[0].text_length)},
        .coarse = {},
        .edited = cascade::Edited{.picture = cascade::picture_at(request.image->image, extent)},
        .seeds = {request.seed},
        .settings = job.recipe.stages[0]};
    if (request.mask) task.edited->mask = cascade::mask_at(request.mask->image, extent);
    return model.stages[0]->load({}, {})->draw(task);
  }

  /// `floor`: how far diffusers in fp64 is from the fixture, which another machine computed in
  /// fp32. Networks of random numbers blow rounding up from step to step, the more the stronger
  /// guidance is; a run cannot be held to less.
  void expect_equal(const Tensor& result, const std::string& run, double floor) const {
    const auto expected = wanted(run);
    ASSERT_EQ(result.sizes(), expected.sizes());
    const double scale = expected.abs().max().item<double>();
    EXPECT_LE((result - expected).abs().max().item<double>(), std::max(1e-4 * scale, 2 * floor))
        << run;
  }

  static void expect_alike(const Image& image, const io::RgbaImage& wanted, int most = 1) {
    ASSERT_EQ(image.width, wanted.width);
    ASSERT_EQ(image.height, wanted.height);
    int worst = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
      worst = std::max(worst, std::abs(int(image.rgb[i]) - int(wanted.rgba[i / 3 * 4 + i % 3])));
    }
    EXPECT_LE(worst, most);
  }

  Json expected_json_ = io::read_python_json(kFolder / "expected.json");
  io::SafetensorsFile expected_{kFolder / "expected.safetensors"};
};

TEST_F(IfPipelineParity, FinalTensorsAreDiffusers) {
  expect_equal(draw("stage1", "stage1.ddpm"), "stage1.ddpm", 0.0087);
  expect_equal(draw("stage1", "stage1.ddpm.unguided"), "stage1.ddpm.unguided", 2.4e-6);
  expect_equal(draw("stage1", "stage1.ddpm.two"), "stage1.ddpm.two", 3.8e-5);
  expect_equal(draw("stage2", "stage2.ddpm", wanted("stage1.ddpm")), "stage2.ddpm", 2.2e-4);
}

TEST_F(IfPipelineParity, PicturesAreDiffusers) {
  auto pipeline = Pipeline::open(kFolder, {.dtype = "fp32"});
  Request request{.prompt = prompt(), .seed = 7, .size = 32};
  request.steps = {"12"};
  request.guidance = {7};
  expect_alike(pipeline.generate(request)[0].image, png("stage1.ddpm"), 3);  // see expect_equal
  request.count = 2;
  request.steps = {"4"};
  request.guidance = {3};
  const auto two = pipeline.generate(request);
  expect_alike(two[0].image, png("stage1.ddpm.two", 0));
  expect_alike(two[1].image, png("stage1.ddpm.two", 1));
  const auto second = draw("stage2", "stage2.ddpm", wanted("stage1.ddpm"));
  expect_alike(nn::to_images(second)[0], png("stage2.ddpm"));
}

TEST_F(IfPipelineParity, EditsAreDiffusers) {
  const auto source = [](const char* name) {
    const auto path = (kFolder / name).string();
    return Source{.image = io::flatten(io::decode_image(io::read_file(path), path)), .name = path};
  };
  auto pipeline = Pipeline::open(kFolder / "stage1", {.dtype = "fp32"});
  const std::map<std::string, double> floors = {{"img2img", 1.9e-4}, {"inpaint", 2.6e-3}};
  for (const auto& [run, floor] : floors) {
    const auto json = settings(run);
    Request request{.task = Task::edit, .image = source("init.png"), .prompt = prompt(), .seed = 7};
    if (run == "inpaint") request.mask = source("mask.png");
    request.steps = {std::to_string(json.at("num_inference_steps").get<int>())};
    request.guidance = {json.at("guidance_scale").get<double>()};
    request.strength = {json.at("strength").get<double>()};
    expect_alike(pipeline.generate(request)[0].image, png(run));
    expect_equal(edited(request), run, floor);
  }
}

TEST_F(IfPipelineParity, TheSecondStageEnlargesTheFirstOnes) {
  auto pipeline = Pipeline::open(kFolder, {.dtype = "fp32"});
  Request request{.prompt = prompt(), .seed = 7};
  request.steps = {"12", "9"};
  request.guidance = {7, 4};
  const auto whole = pipeline.generate(request)[0];
  const auto first = draw("stage1", "stage1.ddpm");
  const auto apart = nn::to_images(draw("stage2", "stage2.ddpm", first))[0];
  EXPECT_EQ(whole.image.rgb, apart.rgb);
  EXPECT_EQ(whole.recipe.stages[1].noise_level, 250);
}

TEST_F(IfPipelineParity, OneFolderIsOneStage) {
  auto pipeline = Pipeline::open(kFolder / "stage1", {.dtype = "fp32"});
  EXPECT_THAT(pipeline.sizes(), testing::ElementsAre(32));
  Request request{.prompt = prompt(), .seed = 7};
  request.steps = {"5"};
  request.guidance = {1};
  expect_alike(pipeline.generate(request)[0].image, png("stage1.ddpm.unguided"));
  EXPECT_THAT([&] { Pipeline::open(kFolder / "stage2").generate(request); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("super-resolution")));
}

TEST_F(IfPipelineParity, EverySamplerDraws) {
  auto pipeline = Pipeline::open(kFolder, {.dtype = "fp32"});
  for (const auto* name : {"ddim", "dpm++", "dpm++3m-karras", "unipc", "heun"}) {
    Request request{.prompt = prompt(), .seed = 7};
    request.sampler = {name};
    request.steps = {"3"};
    const auto picture = pipeline.generate(request)[0];
    EXPECT_EQ(picture.image.width, 64) << name;
    EXPECT_EQ(picture.recipe.stages[1].sampler, name);
  }
  Request named{.prompt = prompt()};
  named.steps = {"fast27", "smart27"};
  EXPECT_EQ(pipeline.generate(named)[0].recipe.stages[0].steps, "fast27");
}

}  // namespace
}  // namespace imagine
