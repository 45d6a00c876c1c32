#include "train/base_objective.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

class BaseObjectiveTest : public testing::Test {
 protected:
  BaseObjectiveTest() { torch::manual_seed(2); }

  /// All weights normal with this standard deviation.
  static BaseObjective objective(double caption_drop, double weights) {
    auto config = tiny_networks();
    config.caption_drop = caption_drop;
    BaseObjective made(config, hybrid_flow(config));
    torch::NoGradGuard no_grad;
    for (auto& parameter : made.network().parameters()) parameter.normal_(0, weights);
    return made;
  }

  static double loss(BaseObjective&& objective, const Batch& batch, const Phase& phase = {}) {
    auto generator = at::detail::createCPUGenerator(1);
    return objective.loss(objective.prepared(batch, phase, generator)).item<double>();
  }
};

TEST_F(BaseObjectiveTest, GreyMissesAPlainPictureByItsVelocityAtThePhasesTimes) {
  const auto batch = with_some_text(torch::full({4, 3, 16, 16}, 0.5));
  for (const Phase& phase : {Phase{.noise_mean = -1, .noise_std = 0.5}, Phase{.noise_mean = 1}}) {
    auto generator = at::detail::createCPUGenerator(1);
    const auto t = diffusion::logit_normal_times(4, phase.noise_mean, phase.noise_std, generator);
    const auto expected = (0.5 / (1 - t).clamp_min(0.05)).square().mean().item<double>();
    EXPECT_NEAR(loss(objective(0.1, 0), batch, phase), expected, 1e-4 * expected);
  }
}

TEST_F(BaseObjectiveTest, ACaptionThatIsDroppedIsNotRead) {
  const auto pixels = torch::rand({4, 3, 16, 16});
  const auto batch = with_some_text(pixels), retold = with_some_text(pixels);
  const auto loss_of = [](double drop, const Batch& given) {
    torch::manual_seed(2);
    return loss(objective(drop, 0.2), given);
  };
  EXPECT_EQ(loss_of(1, batch), loss_of(1, retold));
  EXPECT_NE(loss_of(0, batch), loss_of(0, retold));
}

TEST_F(BaseObjectiveTest, ThePreviewShowsEachPromptAtThePhasesResolution) {
  auto made = objective(0.1, 0.2);
  const PreviewInput input{.prompts = {"one", "two", "three"},
                           .text = with_some_text(torch::zeros({3, 3, 16, 16})).text,
                           .held_out = {}};
  for (const int side : {8, 16}) {
    const auto sheet = made.preview(input, {.resolution = side});
    EXPECT_EQ(sheet.captions, input.prompts);
    ASSERT_EQ(sheet.images.size(), 3u);
    EXPECT_EQ(sheet.images[2].width, side);
    EXPECT_EQ(sheet.images[2].height, side);
    EXPECT_NE(sheet.images[0].rgb, sheet.images[1].rgb);
    EXPECT_EQ(made.preview(input, {.resolution = side}).images[1].rgb, sheet.images[1].rgb);
  }
}

}  // namespace
}  // namespace imagine::train
