#include "evaluate/sharpness.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::evaluate {
namespace {

Tensor grey(double value) { return torch::full({3, 24, 24}, value); }

TEST(Sharpness, PsnrIsInDecibels) {
  EXPECT_NEAR(psnr(grey(0.4), grey(0.5)), 20, 1e-4);
  EXPECT_EQ(psnr(grey(0.4), grey(0.4)), 100);
}

TEST(Sharpness, TheGradientKnowsEdgesAlone) {
  auto edge = grey(0.2);
  edge.narrow(2, 12, 12).fill_(0.7);
  EXPECT_EQ(gradient_psnr(edge, edge + 0.1), 100);
  // of 23 columns of differences sideways one is 0.5 off, none down: mean square 0.25 / 23 / 2
  EXPECT_NEAR(gradient_psnr(grey(0.2), edge), -10 * std::log10(0.25 / 46), 1e-3);
}

TEST(Sharpness, SsimOfFlatPicturesComparesTheirBrightness) {
  const double a = 0.3, b = 0.6, c = 1e-4;
  EXPECT_NEAR(ssim(grey(a), grey(b)), (2 * a * b + c) / (a * a + b * b + c), 1e-5);
}

TEST(Sharpness, SsimOfAPictureAndItsNegativeIsLow) {
  torch::manual_seed(1);
  const auto picture = torch::rand({3, 24, 24});
  EXPECT_NEAR(ssim(picture, picture), 1, 1e-9);
  EXPECT_LT(ssim(picture, 1 - picture), 0);
}

TEST(Sharpness, SeamsAreSeenWhereTheyAre) {
  const auto ramp = torch::linspace(0, 1, 32).expand({3, 32, 32}).contiguous();
  const auto both = ramp + ramp.transpose(1, 2);
  EXPECT_NEAR(seam(both, 8), 1, 1e-3);
  const auto steps = torch::floor(torch::arange(32) / 8.0).mul(0.2).expand({3, 32, 32});
  EXPECT_NEAR(seam(both + steps, 8), (0.2 + 2.0 / 31) / (2.0 / 31), 1e-3);
  EXPECT_LT(seam(both + steps, 5), 2);
}

TEST(Sharpness, LanczosGoesThroughTheSamples) {
  torch::manual_seed(2);
  const auto small = torch::rand({3, 7, 9});
  const auto large = lanczos(small, 3);
  const auto middles = large.slice(1, 1, 21, 3).slice(2, 1, 27, 3);
  EXPECT_LT((middles - small).abs().max().item<double>(), 1e-6);
  EXPECT_LT((lanczos(grey(0.3), 4) - 0.3).abs().max().item<double>(), 1e-6);
}

TEST(Sharpness, BothEnlargementsKeepARamp) {
  const auto ramp = torch::linspace(0.2, 0.8, 24).expand({3, 24, 24}).contiguous();
  for (const auto& large : {lanczos(ramp, 4), bicubic(ramp, 4)}) {
    const auto steps = large.narrow(2, 16, 64).diff(1, 2);
    EXPECT_NEAR(steps.mean().item<double>(), 0.6 / 23 / 4, 1e-4);
    EXPECT_GT(steps.min().item<double>(), 0);
  }
}

}  // namespace
}  // namespace imagine::evaluate
