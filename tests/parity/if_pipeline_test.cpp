/// Whole runs of DeepFloyd IF's pipelines against diffusers: final tensors, and the PNGs.
#include <cstdlib>
#include <gmock/gmock.h>
#include <map>

#include <torch/utils.h>

#include "core/names.h"
#include "engine/order.h"
#include "imagine/engine.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "models/families.h"
#include "models/source.h"
#include "models/stage_run.h"
#include "nn/tensor_file.h"
#include "tensor/pixels.h"
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

  /// What the network of a stage makes of two prompts.
  static models::StageTexts texts(const models::TextRule& rule, const models::Network& network,
                                  const std::string& prompt) {
    const auto encoder = text::load_text_encoder(rule.text_encoder, torch::kFloat);
    const auto told = [&](const std::string& text) {
      return network.encode_text(encoder->encode({text}, rule.text_length), {});
    };
    return {.conditional = told(prompt), .unconditional = told("")};
  }

  /// The stage in `folder` as `run` asks for it.
  Tensor draw(const std::string& folder, const std::string& run, const Tensor& coarse = {}) const {
    const auto json = settings(run);
    const auto cascade = models::open_cascade(kFolder / folder);
    const auto& spec = *cascade.stages.at(0).spec;
    const auto network = spec.load({}, {}, {});
    StageOptions options{.steps = json.at("num_inference_steps").get<std::int64_t>(),
                         .guidance = json.at("guidance_scale").get<double>()};
    if (json.contains("noise_level")) options.noise_level = json.at("noise_level").get<double>();
    const auto words = texts(cascade.text_rules.at(0), *network, prompt());
    std::vector<models::StageDrawing> drawings;
    for (int i = 0; i < json.value("num_images_per_prompt", 1); ++i) {
      const models::StageInput input{.settings = spec.resolved(options, {}),
                                     .seed = json.at("seed").get<std::uint64_t>() + i,
                                     .coarse = coarse};
      drawings.push_back({.plan = spec.plan(input), .input = input, .texts = words});
    }
    return torch::cat(models::draw(drawings, *network));
  }

  /// What stage I makes of a picture of its own size.
  Tensor edited(const Request& request) const {
    const auto cascade = models::open_cascade(kFolder / "stage1");
    const auto& spec = *cascade.stages.at(0).spec;
    const auto network = spec.load({}, {}, {});
    const auto order = engine::order_of(request, cascade);
    const Extent extent{.width = 32, .height = 32};
    models::StageInput input{
        .settings = order.settings.at(0),
        .seed = request.seed,
        .edited = models::Edited{.picture = models::picture_at(request.image->image, extent)}};
    if (request.mask) input.edited->mask = models::mask_at(request.mask->image, extent);
    return models::draw({{.plan = spec.plan(input),
                          .input = input,
                          .texts = texts(cascade.text_rules.at(0), *network, request.prompt)}},
                        *network)
        .at(0);
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
  const auto model = Model::open(kFolder);
  Engine engine({.dtype = "fp32"});
  Request request{.prompt = prompt(), .seed = 7, .size = 32};
  request.stages = {{.steps = std::int64_t(12), .guidance = 7}};
  expect_alike(engine.draw(model, request)[0].image, png("stage1.ddpm"), 3);  // see expect_equal
  request.count = 2;
  request.stages = {{.steps = std::int64_t(4), .guidance = 3}};
  const auto two = engine.draw(model, request);
  expect_alike(two[0].image, png("stage1.ddpm.two", 0));
  expect_alike(two[1].image, png("stage1.ddpm.two", 1));
  const auto second = draw("stage2", "stage2.ddpm", wanted("stage1.ddpm"));
  expect_alike(tensor::to_images(second)[0], png("stage2.ddpm"));
}

TEST_F(IfPipelineParity, EditsAreDiffusers) {
  const auto source = [](const char* name) {
    const auto path = (kFolder / name).string();
    return Source{.image = io::flatten(io::decode_image(io::read_file(path), path)), .name = path};
  };
  const auto model = Model::open(kFolder / "stage1");
  Engine engine({.dtype = "fp32"});
  const std::map<std::string, double> floors = {{"img2img", 1.9e-4}, {"inpaint", 2.6e-3}};
  for (const auto& [run, floor] : floors) {
    const auto json = settings(run);
    Request request{.task = Task::edit, .image = source("init.png"), .prompt = prompt(), .seed = 7};
    if (run == "inpaint") request.mask = source("mask.png");
    request.stages = {{.steps = json.at("num_inference_steps").get<std::int64_t>(),
                       .guidance = json.at("guidance_scale").get<double>(),
                       .strength = json.at("strength").get<double>()}};
    expect_alike(engine.draw(model, request)[0].image, png(run));
    expect_equal(edited(request), run, floor);
  }
}

TEST_F(IfPipelineParity, TheSecondStageEnlargesTheFirstOnes) {
  Request request{.prompt = prompt(), .seed = 7};
  request.stages = {{.steps = std::int64_t(12), .guidance = 7},
                    {.steps = std::int64_t(9), .guidance = 4}};
  const auto whole = Engine({.dtype = "fp32"}).draw(Model::open(kFolder), request)[0];
  const auto first = draw("stage1", "stage1.ddpm");
  const auto apart = tensor::to_images(draw("stage2", "stage2.ddpm", first))[0];
  EXPECT_EQ(whole.image.rgb, apart.rgb);
  EXPECT_EQ(whole.recipe.stages[1].noise_level, 250);
}

TEST_F(IfPipelineParity, OneFolderIsOneStage) {
  const auto model = Model::open(kFolder / "stage1");
  Engine engine({.dtype = "fp32"});
  ASSERT_EQ(model->info().stages.size(), 1u);
  EXPECT_EQ(model->info().stages[0].size, 32);
  Request request{.prompt = prompt(), .seed = 7};
  request.stages = {{.steps = std::int64_t(5), .guidance = 1}};
  expect_alike(engine.draw(model, request)[0].image, png("stage1.ddpm.unguided"));
  EXPECT_THAT([&] { engine.draw(Model::open(kFolder / "stage2"), request); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("super-resolution")));
}

TEST_F(IfPipelineParity, EverySamplerDraws) {
  const auto model = Model::open(kFolder);
  Engine engine({.dtype = "fp32"});
  for (const auto sampler :
       {SamplerName::ddim, SamplerName::dpm_solver, SamplerName::dpm_solver_3m_karras,
        SamplerName::unipc, SamplerName::heun}) {
    Request request{.prompt = prompt(), .seed = 7};
    request.stages = {{.steps = std::int64_t(3), .sampler = sampler}};
    const auto picture = engine.draw(model, request)[0];
    EXPECT_EQ(picture.image.width, 64) << name_of(sampler);
    EXPECT_EQ(picture.recipe.stages[1].sampler, sampler);
  }
  Request named{.prompt = prompt()};
  named.stages = {{.steps = TimestepList::fast27}, {.steps = TimestepList::smart27}};
  EXPECT_EQ(engine.draw(model, named)[0].recipe.stages[0].steps, Steps(TimestepList::fast27));
}

}  // namespace
}  // namespace imagine
