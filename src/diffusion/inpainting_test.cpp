#include "diffusion/inpainting.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "core/names.h"
#include "diffusion/flow.h"
#include "diffusion/sampler.h"

namespace imagine::diffusion {
namespace {

Tensor plain(double value) { return torch::full({1, 3, 2, 4}, value); }

/// The left half stays.
Tensor right_half() {
  auto mask = torch::zeros({1, 1, 2, 4});
  mask.narrow(3, 2, 2).fill_(1);
  return mask;
}

TEST(WithKnownRegion, LeavesWhatIsDrawnWhereTheMaskIsWhite) {
  const Inpainting inpainting{.picture = plain(5), .mask = right_half()};
  const auto result = with_known_region(inpainting, plain(7), flow_level(0.25));
  EXPECT_TRUE(torch::equal(result.narrow(3, 0, 2), plain(5).narrow(3, 0, 2)));
  EXPECT_TRUE(torch::equal(result.narrow(3, 2, 2), plain(7).narrow(3, 2, 2)));
}

TEST(WithKnownRegion, NoisesWhatStaysToTheLevel) {
  const Inpainting inpainting{.picture = plain(4), .mask = right_half(), .noise = plain(-8)};
  const auto at = [&](double t) {
    return with_known_region(inpainting, plain(7), flow_level(t))[0][0][0][0].item<double>();
  };
  EXPECT_DOUBLE_EQ(at(0), -8);
  EXPECT_DOUBLE_EQ(at(0.25), 0.25 * 4 + 0.75 * -8);
  EXPECT_DOUBLE_EQ(at(1), 4);
}

TEST(WithKnownRegion, AStrengthMapDrawsPlacesFromTheirPartOfTheNoiseOn) {
  auto strength = torch::zeros({1, 1, 2, 4});
  strength.select(3, 1).fill_(0.3), strength.select(3, 2).fill_(0.75),
      strength.select(3, 3).fill_(1);
  const Inpainting inpainting{
      .picture = plain(4), .mask = strength, .noise = plain(-8), .by_strength = true};
  const auto drawn_at = [&](double t) {  // how many columns are drawn
    const auto row = with_known_region(inpainting, plain(77), flow_level(t))[0][0][0];
    return row.eq(77).sum().item<int>();
  };
  EXPECT_EQ(drawn_at(0), 0) << "all is noise";
  EXPECT_EQ(drawn_at(0.01), 1);
  EXPECT_EQ(drawn_at(0.24), 1);
  EXPECT_EQ(drawn_at(0.26), 2);
  EXPECT_EQ(drawn_at(0.69), 2);
  EXPECT_EQ(drawn_at(0.71), 3);
  EXPECT_EQ(drawn_at(1), 3) << "black stays";
}

TEST(KeepingKnownRegion, APictureThatStaysComesBackFromEverySampler) {
  const auto picture = torch::linspace(-1, 1, 24).view({1, 3, 2, 4}), noise = plain(0.3);
  const Denoiser wrong = [](const Tensor& noisy, NoiseLevel) {
    return Prediction{.clean = torch::zeros_like(noisy)};
  };
  for (const bool noised : {false, true}) {
    const Inpainting inpainting{
        .picture = picture, .mask = right_half(), .noise = noised ? noise : Tensor()};
    for (const auto* name : {"euler", "dpm++", "dpm++3m", "unipc", "heun"}) {
      auto sampler = sampler_of(*value_named<SamplerName>(name));
      sampler.straight = true;
      const auto drawn = sample(sampler,
                                {.schedule = flow_schedule(3),
                                 .noisy = noise,
                                 .after_step = keeping_known_region(inpainting)},
                                wrong);
      EXPECT_TRUE(torch::allclose(drawn.narrow(3, 0, 2), picture.narrow(3, 0, 2))) << name;
      EXPECT_LT(drawn.narrow(3, 2, 2).abs().max().item<double>(), 1e-3) << name;
    }
  }
}

}  // namespace
}  // namespace imagine::diffusion
