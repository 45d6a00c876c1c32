#include "engine/order.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "models/families.h"
#include "models/tiny_model.h"

namespace imagine::engine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Source picture(int width, int height) {
  return {.image = {.width = width,
                    .height = height,
                    .rgb = std::vector<std::uint8_t>(std::size_t(width * height * 3), 90)},
          .name = concat(width, "x", height, ".png")};
}

/// One that chooses a square of `side` pixels from (x, y) on.
Source mask(int width, int height, int x, int y, int side) {
  auto chosen = picture(width, height);
  std::ranges::fill(chosen.image.rgb, 0);
  for (int row = y; row < y + side; ++row) {
    std::fill_n(chosen.image.at(x, row), 3 * side, 255);
  }
  return chosen;
}

/// A base of 32 pixels and super-resolution to 64.
class OrderTest : public testing::Test {
 protected:
  Order order(const Request& request) const { return order_of(request, cascade_); }
  void expect_refusal(const Request& request, const std::string& what) const {
    EXPECT_THAT([&] { order(request); }, ThrowsMessage<InputError>(HasSubstr(what)));
  }
  static Request edit(int width, int height) {
    return {.task = Task::edit, .image = picture(width, height), .prompt = "x"};
  }
  static Request upscale(int width, int height) {
    return {.task = Task::upscale, .image = picture(width, height)};
  }

  models::TinyModel folder_;
  models::Cascade cascade_ = models::open_cascade(folder_.path());
};

TEST_F(OrderTest, DrawsFromTheFirstStageToTheSize) {
  EXPECT_EQ(order({.prompt = "x"}).stages.end, 2u);
  EXPECT_EQ(order({.prompt = "x"}).request.size, 64);
  const auto small = order({.prompt = "x", .size = 32});
  EXPECT_EQ(small.stages.begin, 0u);
  EXPECT_EQ(small.stages.end, 1u);
  EXPECT_EQ(small.settings.size(), 1u);
}

TEST_F(OrderTest, AnAspectIsOfWhatIsDrawnFromNoise) {
  EXPECT_EQ(order({.prompt = "x"}).ratio, 1);
  EXPECT_EQ(order({.prompt = "x", .aspect = "3:2"}).ratio, 1.5);
  EXPECT_EQ(order({.prompt = "x", .aspect = "3:2"}).request.aspect, "3:2");
  EXPECT_FALSE(order({.prompt = "x", .aspect = "3:2"}).by_windows);
  const Request panorama{.prompt = "x", .aspect = "3:2", .aspect_method = AspectMethod::windows};
  EXPECT_TRUE(order(panorama).by_windows);
  auto regional = panorama;
  regional.regions = {{.box = {.x = 0, .y = 0, .width = 0.5, .height = 1}, .prompt = "y"}};
  expect_refusal(regional, "region_method: expected multidiffusion for a picture in windows");
  regional.region_method = RegionMethod::multidiffusion;
  EXPECT_TRUE(order(regional).by_windows);
  EXPECT_FALSE(order({.prompt = "x", .aspect_method = AspectMethod::windows}).by_windows);
  expect_refusal({.prompt = "x", .aspect = "9:1"}, "aspect: expected WIDTH:HEIGHT");
  auto request = edit(40, 40);
  request.aspect = "3:2";
  expect_refusal(request, "aspect: expected none, the picture has its own");
}

TEST_F(OrderTest, AnEditIsOfTheWholePictureAndAsStrongAsAsked) {
  const auto varied = order(edit(50, 40));
  EXPECT_EQ(varied.canvas->picture.width, 50);
  EXPECT_FALSE(varied.canvas->mask);
  EXPECT_EQ(varied.request.image->name, "50x40.png");
  EXPECT_EQ(varied.settings[0].strength, 0.7);
  EXPECT_EQ(varied.settings[0].known_region, std::nullopt);
  auto masked = edit(50, 40);
  masked.mask = mask(50, 40, 20, 10, 12);
  EXPECT_EQ(order(masked).canvas->mask->width, 50);
  EXPECT_EQ(order(masked).settings[0].strength, 1);
  EXPECT_EQ(order(masked).settings[1].known_region, KnownRegion::noised);
  masked.stages = {{.strength = 0.4, .known_region = KnownRegion::clean}};
  EXPECT_EQ(order(masked).settings[0].strength, 0.4);
  EXPECT_EQ(order(masked).settings[1].known_region, KnownRegion::clean);
}

TEST_F(OrderTest, WhatIsDrawnOnAroundAPictureIsAnInpainting) {
  auto request = edit(50, 40);
  request.extend = {.left = 0.5, .bottom = 0.25};
  const auto extended = order(request);
  EXPECT_EQ(extended.canvas->picture.width, 75);
  EXPECT_EQ(extended.canvas->picture.height, 50);
  EXPECT_EQ(extended.canvas->mask->width, 75);
  EXPECT_EQ(extended.settings[0].strength, 0.7) << "its edge goes on";
  EXPECT_EQ(extended.settings[1].known_region, KnownRegion::noised);
  request.mask = mask(50, 40, 20, 10, 12);
  EXPECT_EQ(order(request).settings[0].strength, 1) << "what the mask chooses is drawn all anew";
  request.mask.reset(), request.stages = {{.strength = 0.5}};
  EXPECT_EQ(order(request).settings[0].strength, 0.5);
  request.stages.clear();
  const auto again = order(extended.request);  // what an order asks for comes to the same order
  EXPECT_EQ(again.canvas->picture.rgb, extended.canvas->picture.rgb);
  request.extend = Extension();
  expect_refusal(request, "extend: expected a side that grows, got none");
  expect_refusal({.extend = Extension{.left = 1}, .prompt = "x"},
                 "extend: expected none but for an edit");
  request = edit(160, 10);
  request.extend = {.left = 0.5};
  expect_refusal(request, "extend: expected a shape from 1:16 to 16:1, got 240x10");
}

TEST_F(OrderTest, PicturesOfAnyShapeAreDrawnAsLargeAsTheyAreTaken) {
  for (const auto& [width, height] : {std::pair{1000, 400},
                                      {300, 31},
                                      {31, 300},
                                      {1, 1},
                                      {5, 5},
                                      {1200, 630},
                                      {1920, 1080},
                                      {1000, 63},
                                      {16, 1},
                                      {2, 31}}) {
    for (const auto& extend :
         {Extension{.left = 0.5, .right = 0.5}, Extension{.left = 1, .right = 1},
          Extension{.top = 1, .bottom = 0.7}, Extension{.right = 0.3}}) {
      auto request = edit(width, height);
      request.extend = extend;
      const auto canvas_ratio = double(width) * (1 + extend.left + extend.right) /
                                (double(height) * (1 + extend.top + extend.bottom));
      if (canvas_ratio > 15 || canvas_ratio < 1.0 / 15) continue;
      const auto of = order(request);
      const auto& base = *cascade_.stages[0].spec;
      const auto edited = edited_for(of, base, {});
      const auto plan = base.plan({.settings = of.settings[0], .edited = edited});
      EXPECT_EQ(plan.extent.width, edited->picture.size(3)) << width << 'x' << height;
      EXPECT_EQ(plan.extent.height, edited->mask.size(2)) << width << 'x' << height;
    }
  }
}

TEST_F(OrderTest, WhatEnlargesTakesAStrengthMapsGreyGradually) {
  auto request = edit(64, 64);
  request.mask_use = MaskUse::strength;
  const auto mask_for = [&](int grey, std::size_t stage) {
    request.mask = picture(64, 64);
    std::ranges::fill(request.mask->image.rgb, std::uint8_t(grey));
    const auto coarse = stage == 0 ? Tensor() : torch::zeros({1, 3, 32, 32});
    const auto edited = edited_for(order(request), *cascade_.stages[stage].spec, coarse);
    EXPECT_EQ(edited->by_strength, stage == 0);
    return edited->mask.mean().item<double>();
  };
  EXPECT_NEAR(mask_for(102, 0), 0.4, 1e-6) << "the base begins there after six tenths";
  EXPECT_NEAR(mask_for(102, 1), 1, 1e-6);
  EXPECT_NEAR(mask_for(32, 1), 0.5, 0.01) << "half of what little was drawn";
  EXPECT_NEAR(mask_for(127, 1), mask_for(128, 1), 1e-6) << "no line at half grey";
}

TEST_F(OrderTest, AnEditThatCannotBeIsRefused) {
  expect_refusal({.task = Task::edit, .prompt = "x"}, "image: expected a picture to edit");
  auto request = edit(40, 40);
  request.prompt = " ";
  expect_refusal(request, "prompt: expected some text");
  for (const double strength : {0.0, -0.5, 1.01, double(NAN)}) {
    request = edit(40, 40);
    request.stages = {{.strength = strength}};
    expect_refusal(request, "strength: expected more than 0 and at most 1");
  }
  request = edit(40, 40);
  request.mask = picture(40, 41);
  expect_refusal(request, "40x41.png: expected a mask of 40x40 pixels like the picture, got 40x41");
  request.mask.reset();
  request.stages.resize(3);
  expect_refusal(request, "stages: expected settings for all of them, or for each of 2, got 3");
}

TEST_F(OrderTest, WhatStrangersMayAskForIsChecked) {
  auto request = upscale(20, 30);
  request.image->image.rgb.resize(9);
  expect_refusal(request, "20x30.png: expected 20x30 pixels of three bytes, got 9 bytes");
  request = edit(40, 40);
  request.mask = mask(40, 40, 0, 0, 9);
  request.mask->image.rgb.pop_back();
  expect_refusal(request, "three bytes");
  expect_refusal({.prompt = std::string(2 << 20, 'x')}, "prompt: expected at most 1048576 bytes");
  request = edit(40, 40);
  request.stages = {{.strength = 1e-17}};
  expect_refusal(request, "strength: expected at least 0.001");
  EXPECT_THROW(order({.prompt = "x", .loras = {{"/nowhere", 1}}}), FormatError);
  expect_refusal({.prompt = "x", .loras = {{"a", NAN}}}, "a: expected a finite weight");
}

TEST_F(OrderTest, AMaskThatChoosesNothingIsRefused) {
  auto request = edit(64, 64);
  for (const auto& empty : {mask(64, 64, 0, 0, 0), picture(64, 64), mask(64, 64, 9, 9, 1)}) {
    request.mask = empty;  // black, of grey 90, and a dot that is lost at 32 pixels
    expect_refusal(request,
                   "64x64.png: expected white where the picture is drawn anew, got a mask "
                   "that chooses nothing (of 32x32 pixels that are drawn first)");
  }
  request.mask = mask(64, 64, 9, 9, 4);
  EXPECT_NO_THROW(order(request));
}

TEST_F(OrderTest, ShapesBeyondSixteenToOneAreRefused) {
  for (const auto& [width, height] : {std::pair{160, 10}, {10, 160}, {1, 16}, {16, 1}}) {
    EXPECT_NO_THROW(order(edit(width, height)));
    EXPECT_NO_THROW(order(upscale(width, height)));
  }
  for (const auto& [width, height] : {std::pair{161, 10}, {10, 161}, {1, 17}, {2000, 3}}) {
    const auto what = concat(": expected a shape from 1:16 to 16:1, got ", width, "x", height);
    expect_refusal(edit(width, height), what);
    expect_refusal(upscale(width, height), what);
  }
}

TEST_F(OrderTest, AnAlphaIsAsLargeAsItsPicture) {
  auto request = upscale(8, 6);
  request.image->alpha.resize(48);
  EXPECT_NO_THROW(order(request));
  request.image->alpha.resize(47);
  expect_refusal(request, "8x6.png: expected an alpha of width * height bytes, got 47");
}

TEST_F(OrderTest, UpscalingBeginsWhereThereAreMorePixels) {
  const auto small = order(upscale(20, 30));
  EXPECT_EQ(small.stages.begin, 1u);
  EXPECT_EQ(small.request.size, 64);
  EXPECT_EQ(upscaled_of(small).sizes(), (std::vector<int64_t>{1, 3, 30, 20}));
  EXPECT_EQ(small.settings.size(), 1u);
  EXPECT_EQ(order(upscale(100, 300)).stages.begin, 1u);  // the last one, whatever the size
  EXPECT_EQ(small.settings[0].noise_level, 0) << "a real picture needs no noise on it";
  auto request = upscale(20, 30);
  request.size = 32;
  expect_refusal(request, "size: expected one of 64, got 32");
  EXPECT_EQ(upscaled_of(order(upscale(5000, 320))).size(3), 5000) << "in tiles";
  const Source large{.image = {.width = 10'000, .height = 6500, .rgb = {}}, .name = "large.png"};
  expect_refusal({.task = Task::upscale, .image = large},
                 "large.png: expected at most 256 million pixels when it is enlarged, got "
                 "20000x13000 of 10000x6500");
  expect_refusal({.task = Task::upscale}, "image: expected a picture to upscale");
}

/// Two enlargements by four lead to 1024 pixels there.
TEST(Order, AsManyEnlargementsAsComeNearestToTheSize) {
  const auto cascade = models::open_cascade(IMAGINE_SOURCE_DIR "/models/imagine-small");
  const auto stages = [&](int width, int height, int size) {
    return order_of({.task = Task::upscale, .image = picture(width, height), .size = size}, cascade)
        .stages.count();
  };
  EXPECT_EQ(stages(64, 64, 1024), 2u);
  EXPECT_EQ(stages(100, 60, 1024), 2u);
  EXPECT_EQ(stages(256, 256, 1024), 1u);
  EXPECT_EQ(stages(256, 128, 1024), 1u) << "1024x512, not 4096x2048";
  EXPECT_EQ(stages(240, 240, 1024), 1u);
  EXPECT_EQ(stages(300, 200, 1024), 1u);
  EXPECT_EQ(stages(2000, 2000, 1024), 1u) << "at least one";
  EXPECT_EQ(stages(64, 64, 256), 1u);
}

TEST_F(OrderTest, StagesThatDoNotFitEachOtherAreRefusedAtOnce) {
  auto json = io::read_json(folder_.path() / "model.json");
  json["stages"][1]["size"] = 96;
  json["default_size"] = 96;
  io::write_json(folder_.path() / "model.json", json);
  EXPECT_THAT([&] { models::open_cascade(folder_.path()); },
              ThrowsMessage<ConfigError>(HasSubstr("stages[1].size: expected 64, got 96")));
}

}  // namespace
}  // namespace imagine::engine
