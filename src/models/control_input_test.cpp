#include "models/control_input.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(ColourIn, ReadsSixDigitsOrThreeAndNothingElse) {
  EXPECT_THAT(colour_in("#a0522d"), Optional(ElementsAre(0xa0, 0x52, 0x2d)));
  EXPECT_THAT(colour_in("#FFfe01"), Optional(ElementsAre(255, 254, 1)));
  EXPECT_THAT(colour_in("#fa0"), Optional(ElementsAre(0xff, 0xaa, 0x00)));
  for (const char* text : {"", "#", "a0522d0", "#a0522", "#a0522d0", "#a0522g", "#-10000",
                           "#+1+1+1", "red", "# 10101"}) {
    EXPECT_FALSE(colour_in(text)) << text;
  }
  EXPECT_EQ(text_of_colour({0xa0, 0x52, 0x2d}), "#a0522d");
}

TEST(ControlInput, HoldsWhatIsTold) {
  const Control control{
      .layout = {{.box = {.x = 0.25, .y = 0.5, .width = 0.5, .height = 0.25}, .phrase = "a"},
                 {.box = {.x = 0, .y = 0, .width = 0.25, .height = 0.25}, .phrase = "b"}},
      .palette = {{.colour = "#ffffff", .share = 0.75}, {.colour = "#000000", .share = 0.25}},
      .strength = 0.5};
  const auto phrases = torch::tensor({{1.0F, 2.0F, 3.0F}, {4.0F, 5.0F, 6.0F}});
  const auto input =
      control_input(control, phrases, {.extent = {.width = 16, .height = 32}, .place = 4});
  EXPECT_EQ(input.strength, 0.5);
  EXPECT_TRUE(torch::equal(input.phrases[0].narrow(0, 0, 2), phrases));
  EXPECT_EQ(input.phrases[0].narrow(0, 2, 4).abs().sum().item<double>(), 0);
  EXPECT_TRUE(torch::equal(input.boxes[0][0], torch::tensor({0.25F, 0.5F, 0.75F, 0.75F})));
  EXPECT_EQ(input.coverage.sizes(), torch::IntArrayRef({1, 6, 8, 4}));
  EXPECT_EQ(input.coverage[0][0].sum().item<double>(), 4) << "two places wide, two high";
  EXPECT_EQ(input.coverage[0][0][4][1].item<double>(), 1);
  EXPECT_EQ(input.told.sum().item<double>(), 0);
  const auto white = input.palette[0][0];
  EXPECT_NEAR(white[0].item<double>(), 1, 1e-3);
  EXPECT_EQ(white[3].item<double>(), 0.75);
  EXPECT_EQ(input.palette[0][2].abs().sum().item<double>(), 0);
}

TEST(ControlInput, SharesCountWhereAllAreTold) {
  const Control control{.palette = {{.colour = "#ffffff", .share = 0.75}, {.colour = "#000000"}}};
  const auto input = control_input(control, torch::zeros({0, 3}),
                                   {.extent = {.width = 16, .height = 16}, .place = 4});
  EXPECT_EQ(input.palette[0].select(1, 3).abs().sum().item<double>(), 0);
  EXPECT_EQ(input.palette[0].select(1, 4).sum().item<double>(), 2);
}

}  // namespace
}  // namespace imagine::models
