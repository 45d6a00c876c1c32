/// A second tiny DeepFloyd IF (tools/make_tiny_if.py) whose configs say what the first one's do
/// not, walked by every sampler, against diffusers in fp64.
#include <algorithm>
#include <cctype>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "cascade/model.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if-3-levels";

class IfThreeLevels : public testing::TestWithParam<std::string> {
 protected:
  Tensor wanted(const std::string& run) const { return nn::tensor_of(expected_, run); }

  TextEmbedding states(const std::string& text) const {
    return text::load_text_encoder(model_.readings[0].text_encoder, torch::kFloat)
        ->encode({text}, model_.readings[0].text_length);
  }

  Tensor draw(std::size_t stage, const cascade::StageWishes& wishes, const Tensor& coarse) const {
    const auto& plan = *model_.stages[stage];
    return plan.load({}, {})->draw(
        {.prompts = {.text = states(json_.at("prompt").get<std::string>()), .negative = states("")},
         .coarse = coarse,
         .edited = edited(wishes.drawing, plan.size()),
         .seeds = {json_.at("seed").get<std::uint64_t>()},
         .settings = plan.settled(wishes)});
  }

  /// A picture that is not square and larger than both stages, and its mask.
  std::optional<cascade::Edited> edited(cascade::Drawing drawing, int size) const {
    if (drawing == cascade::Drawing::whole) return std::nullopt;
    const auto read = [](const char* name) {
      const auto path = (kFolder / name).string();
      return io::flatten(io::decode_image(io::read_file(path), path));
    };
    const auto image = read("edited.png");
    const auto extent =
        cascade::fitted_extent({.width = image.width, .height = image.height}, size);
    cascade::Edited edited{.picture = cascade::picture_at(image, extent)};
    if (drawing == cascade::Drawing::part) edited.mask = cascade::mask_at(read("mask.png"), extent);
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
  cascade::Model model_ = cascade::open_model(kFolder);
};

TEST_P(IfThreeLevels, EverySamplerAgreesWithDiffusers) {
  const cascade::StageWishes wishes{.steps = "6", .sampler = GetParam(), .guidance = 2};
  expect_equal(draw(0, wishes, {}), "stage1." + GetParam());
}

TEST_F(IfThreeLevels, TextAndSecondStageAgreeWithDiffusers) {
  expect_equal(states(json_.at("prompt").get<std::string>()).states, "text");
  const cascade::StageWishes wishes{
      .steps = "3", .sampler = {}, .guidance = 1.5, .noise_level = 120};
  expect_equal(draw(1, wishes, wanted("stage1.ddpm")), "stage2.ddpm");
}

TEST_F(IfThreeLevels, EditsAgreeWithDiffusers) {
  using cascade::Drawing;
  const auto base = [&](Drawing drawing, const std::string& sampler, double strength) {
    return draw(
        0,
        {.drawing = drawing, .steps = "6", .sampler = sampler, .guidance = 2, .strength = strength},
        {});
  };
  expect_equal(base(Drawing::variation, "ddpm", 0.7), "edit.stage1");
  expect_equal(base(Drawing::part, "ddpm", 1), "edit.stage1.mask");
  expect_equal(base(Drawing::part, "dpm++", 0.9), "edit.stage1.mask.dpm++");
  const auto larger = [&](Drawing drawing, double noise_level) {
    return draw(1,
                {.drawing = drawing,
                 .steps = "5",
                 .guidance = 1.5,
                 .noise_level = noise_level,
                 .strength = 0.8},
                wanted("edit.stage1"));
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
