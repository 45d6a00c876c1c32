#include "train/super_resolution_objective.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "models/imagine/super_resolution.h"
#include "tensor/pixels.h"
#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

std::unique_ptr<Objective> objective(double augmentation) {
  auto config = tiny_networks();
  config.stage = "super_resolution";
  config.augmentation = augmentation;
  return make_objective(config);
}

double loss(const Tensor& pixels, double augmentation) {
  auto generator = at::detail::createCPUGenerator(1);
  auto made = objective(augmentation);
  return made->loss(made->prepared(with_some_text(pixels), {}, generator)).item<double>();
}

TEST(SuperResolutionObjective, IsTheVelocityLossOnTheWayFromTheEnlargement) {
  torch::manual_seed(3);
  const auto pixels = torch::rand({4, 3, 12, 12}) * 2 - 1;
  const Phase phase;
  auto generator = at::detail::createCPUGenerator(1);
  const auto t = diffusion::logit_normal_times(4, phase.noise_mean, phase.noise_std, generator);
  const auto noise = torch::randn(pixels.sizes(), generator, torch::kFloat);
  const models::LowResolution low{.pixels = torch::avg_pool2d(pixels, 2),
                                  .augmentation = torch::zeros({4})};
  models::SuperResolution network(tiny_networks().super_resolution);
  const auto noisy = diffusion::mix(pixels, network->start(low, noise), t);
  const auto predicted = network(noisy, t, low, with_some_text(pixels).text);
  const auto expected = diffusion::velocity_loss(predicted, pixels, t).mean().item<double>();
  EXPECT_NEAR(loss(pixels, 0), expected, 1e-4 * expected);
}

TEST(SuperResolutionObjective, AugmentationPutsGrainOnTheLowResolution) {
  const auto plain = torch::full({4, 3, 12, 12}, 0.25);
  EXPECT_GT(loss(plain, 0.1), 1.1 * loss(plain, 0));
  EXPECT_GT(loss(plain, 0.2), 1.5 * loss(plain, 0.1));
}

TEST(SuperResolutionObjective, ThePreviewShowsEightRowsOfBicubicNetworkAndTruth) {
  torch::manual_seed(4);
  const auto pixels = torch::rand({9, 3, 8, 8}) * 2 - 1;
  const PreviewInput input{.prompts = {}, .text = {}, .held_out = with_some_text(pixels)};
  const auto sheet = objective(0)->preview(input, {});
  EXPECT_EQ(sheet.columns, 3);
  ASSERT_EQ(sheet.images.size(), 24u);
  ASSERT_EQ(sheet.captions.size(), 24u);
  EXPECT_EQ(std::vector(sheet.captions.end() - 3, sheet.captions.end()),
            (std::vector<std::string>{"bicubic", "network, 2 steps", "truth"}));
  const auto bicubic = models::enlarged(torch::avg_pool2d(pixels.narrow(0, 0, 8), 2), 2);
  EXPECT_EQ(sheet.images[21].rgb, tensor::to_images(bicubic)[7].rgb);
  EXPECT_EQ(sheet.images[22].width, 8);
  EXPECT_EQ(sheet.images[23].rgb, tensor::to_images(pixels)[7].rgb);
}

}  // namespace
}  // namespace imagine::train
