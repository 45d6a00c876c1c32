#include "models/palette_steering.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "diffusion/flow.h"

namespace imagine::models {
namespace {

const Control kRed{.palette = {{.colour = "#ff0000"}}};
const auto kTenSteps = diffusion::flow_schedule(10, 1);

/// How far a grey picture is moved to red where t of it is drawn: 0 .. 1.
double moved(const Control& control, double t) {
  const auto grey = torch::zeros({1, 3, 4, 4});
  const auto steer = steering_by(control, kTenSteps);
  const auto clean = steer({.clean = grey}, diffusion::flow_level(t)).clean;
  return clean[0][0][0][0].item<double>();
}

TEST(PaletteSteering, NothingIsSteeredWithoutAPalette) { EXPECT_FALSE(steering_by({}, kTenSteps)); }

TEST(PaletteSteering, MovesAllWhileNoiseIsLeftAndNothingAtTheEnd) {
  EXPECT_NEAR(moved(kRed, 0), 1, 0.02);
  EXPECT_NEAR(moved(kRed, 0.4), 1, 0.02);
  EXPECT_NEAR(moved(kRed, 0.675), 0.5, 0.02) << "half way from half of the noise to 0.15 of it";
  EXPECT_EQ(moved(kRed, 0.9), 0);
}

TEST(PaletteSteering, IsAsStrongAndAsLongAsAsked) {
  auto control = kRed;
  control.strength = 0.5;
  EXPECT_NEAR(moved(control, 0), 0.5, 0.02);
  control.strength = 2;
  EXPECT_NEAR(moved(control, 0), 1, 0.02);
  control.until = 0.3;
  EXPECT_NEAR(moved(control, 0.2), 1, 0.02);
  EXPECT_EQ(moved(control, 0.3), 0);
}

TEST(PaletteSteering, KeepsWhatElseIsPredicted) {
  const auto noise = torch::ones({1, 3, 4, 4});
  const auto steer = steering_by(kRed, kTenSteps);
  const auto prediction =
      steer({.clean = torch::zeros({1, 3, 4, 4}), .noise = noise}, diffusion::flow_level(0));
  EXPECT_TRUE(torch::equal(prediction.noise, noise));
}

}  // namespace
}  // namespace imagine::models
