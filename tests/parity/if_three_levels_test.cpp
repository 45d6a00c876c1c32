/// A second tiny DeepFloyd IF (tools/make_tiny_if.py) whose configs say what the first one's do
/// not, walked by every sampler, against diffusers in fp64.
#include <algorithm>
#include <cctype>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/names.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "models/families.h"
#include "models/source.h"
#include "models/stage_run.h"
#include "nn/tensor_file.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if-3-levels";

class IfThreeLevels : public testing::TestWithParam<std::string> {
 protected:
  Tensor wanted(const std::string& run) const { return nn::tensor_of(expected_, run); }

  /// What is edited of a picture, if it is.
  enum class Drawing { whole, variation, part };

  TextEmbedding states(const std::string& text) const {
    const auto& rule = cascade_.text_rules.at(0);
    return text::load_text_encoder(rule.text_encoder, torch::kFloat)
        ->encode({text}, rule.text_length);
  }

  Tensor draw(std::size_t stage, Drawing drawing, const StageOptions& options,
              const Tensor& coarse) const {
    const auto& spec = *cascade_.stages.at(stage).spec;
    const auto network = spec.load({}, {}, {});
    const models::StageUse use{
        .task = drawing == Drawing::whole ? Task::generate : Task::edit,
        .inpaints = drawing == Drawing::part,
    };
    const models::StageInput input{.settings = spec.resolved(options, use),
                                   .seed = json_.at("seed").get<std::uint64_t>(),
                                   .coarse = coarse,
                                   .edited = edited(drawing, spec.size())};
    const auto told = [&](const std::string& text) {
      return network->encode_text(states(text), {});
    };
    return models::draw({{.plan = spec.plan(input),
                          .input = input,
                          .texts = {.conditional = told(json_.at("prompt").get<std::string>()),
                                    .unconditional = told("")}}},
                        *network)
        .at(0);
  }

  /// A picture that is not square and larger than both stages, and its mask.
  std::optional<models::Edited> edited(Drawing drawing, int size) const {
    if (drawing == Drawing::whole) return std::nullopt;
    const auto read = [](const char* name) {
      const auto path = (kFolder / name).string();
      return io::flatten(io::decode_image(io::read_file(path), path));
    };
    const auto image = read("edited.png");
    const auto extent = models::fitted_extent({.width = image.width, .height = image.height}, size);
    models::Edited edited{.picture = models::picture_at(image, extent)};
    if (drawing == Drawing::part) edited.mask = models::mask_at(read("mask.png"), extent);
    return edited;
  }

  void expect_equal(const Tensor& result, const std::string& run) const {
    const auto expected = wanted(run);
    const auto floor = json_.at("floor").at(run).get<double>();
    const double scale = expected.abs().max().item<double>();
    ASSERT_EQ(result.sizes(), expected.sizes());
    EXPECT_LE((result - expected).abs().max().item<double>(), std::max(1e-4 * scale, 3 * floor));
  }

  Json json_ = io::read_json(kFolder / "expected.json");
  io::SafetensorsFile expected_{kFolder / "expected.safetensors"};
  models::Cascade cascade_ = models::open_cascade(kFolder);
};

TEST_P(IfThreeLevels, EverySamplerAgreesWithDiffusers) {
  const StageOptions options{
      .steps = std::int64_t(6), .sampler = value_named<SamplerName>(GetParam()), .guidance = 2};
  ASSERT_TRUE(options.sampler.has_value());
  expect_equal(draw(0, Drawing::whole, options, {}), "stage1." + GetParam());
}

TEST_F(IfThreeLevels, TextAndSecondStageAgreeWithDiffusers) {
  expect_equal(states(json_.at("prompt").get<std::string>()).states, "text");
  const StageOptions options{.steps = std::int64_t(3), .guidance = 1.5, .noise_level = 120};
  expect_equal(draw(1, Drawing::whole, options, wanted("stage1.ddpm")), "stage2.ddpm");
}

TEST_F(IfThreeLevels, EditsAgreeWithDiffusers) {
  const auto base = [&](Drawing drawing, SamplerName sampler, double strength) {
    const StageOptions options{
        .steps = std::int64_t(6), .sampler = sampler, .guidance = 2, .strength = strength};
    return draw(0, drawing, options, {});
  };
  expect_equal(base(Drawing::variation, SamplerName::ddpm, 0.7), "edit.stage1");
  expect_equal(base(Drawing::part, SamplerName::ddpm, 1), "edit.stage1.mask");
  expect_equal(base(Drawing::part, SamplerName::dpm_solver, 0.9), "edit.stage1.mask.dpm++");
  const auto larger = [&](Drawing drawing, double noise_level) {
    const StageOptions options{
        .steps = std::int64_t(5), .guidance = 1.5, .noise_level = noise_level, .strength = 0.8};
    return draw(1, drawing, options, wanted("edit.stage1"));
  };
  expect_equal(larger(Drawing::variation, 120), "edit.stage2");
  expect_equal(larger(Drawing::part, 0), "edit.stage2.mask");
}

INSTANTIATE_TEST_SUITE_P(All, IfThreeLevels,
                         testing::Values("ddpm", "ddim", "dpm++", "dpm++3m", "dpm++-karras",
                                         "unipc", "heun"),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : info.param) name += std::isalnum(c) ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace imagine
