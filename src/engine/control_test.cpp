#include "engine/control.h"

#include <cmath>
#include <gmock/gmock.h>
#include <set>

#include "core/request_json.h"
#include "imagine/engine.h"
#include "models/tiny_model.h"

namespace imagine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Black but for a white square in the middle.
Source square_on_black(int side = 64) {
  Image image{.width = side, .height = side, .rgb = {}};
  image.rgb.resize(std::size_t(side) * std::size_t(side) * 3);
  for (int y = side / 4; y < side * 3 / 4; ++y)
    std::fill_n(image.at(side / 4, y), side * 3 / 2, 255);
  return {.image = std::move(image), .name = "square.png"};
}

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    folder_.add_control();
    model_ = Model::open(folder_.path());
  }

  Picture draw(const Control& control) {
    auto request = plain_;
    request.control = control;
    return engine_.draw(model_, request).at(0);
  }
  void expect_refusal(const Control& control, const char* message) {
    EXPECT_THAT([&] { draw(control); }, ThrowsMessage<InputError>(HasSubstr(message)));
  }
  static Control thing(const Box& box, const std::string& phrase = "a red cube") {
    return {.layout = {{.box = box, .phrase = phrase}}};
  }
  Control every_kind() const {
    auto control = thing({0.25, 0.25, 0.5, 0.5});
    control.edges_from = control.depth = control.silhouette = square_on_black();
    control.palette = {{.colour = "#a0522d", .share = 0.5}, {.colour = "#87ceeb"}};
    control.strength = 0.5, control.until = 0.5;
    return control;
  }

  const Request plain_{.prompt = "x", .size = 32, .exclusive = true};
  models::TinyModel folder_;
  Engine engine_{{.dtype = "fp32"}};
  std::shared_ptr<const Model> model_;
};

TEST_F(ControlTest, WhatSaysNothingChangesNothing) {
  const auto plain = engine_.draw(model_, plain_).at(0);
  const auto nothing = draw({.strength = 2, .until = 0.3});
  EXPECT_EQ(nothing.image.rgb, plain.image.rgb);
  EXPECT_FALSE(nothing.recipe.request.control);
  auto weak = every_kind();
  weak.strength = 0;
  EXPECT_EQ(draw(weak).image.rgb, plain.image.rgb);
  EXPECT_NE(draw(every_kind()).image.rgb, plain.image.rgb);
}

/// Mean distance of their bytes.
double distance(const Image& one, const Image& other) {
  double sum = 0;
  for (std::size_t i = 0; i < one.rgb.size(); ++i) sum += std::abs(one.rgb[i] - other.rgb[i]);
  return sum / double(one.rgb.size());
}

TEST_F(ControlTest, EachKindPullsAsFarAsItsStrengthSays) {
  const auto plain = engine_.draw(model_, plain_).at(0).image;
  const auto square = square_on_black();
  std::set<std::vector<std::uint8_t>> pictures;
  for (auto control :
       {thing({0, 0, 0.5, 0.5}), Control{.sketch = square}, Control{.edges_from = square},
        Control{.depth = square}, Control{.silhouette = square}}) {
    control.strength = 0.25;
    const auto weak = distance(draw(control).image, plain);
    control.strength = 2;
    const auto strong = draw(control).image;
    EXPECT_GT(weak, 0) << to_json(control).dump();
    EXPECT_GT(distance(strong, plain), 2 * weak) << to_json(control).dump();
    EXPECT_TRUE(pictures.insert(strong.rgb).second) << to_json(control).dump();
  }
}

TEST_F(ControlTest, APaletteIsWhatThePictureIsMadeOf) {
  const auto to_red = [](const Image& image) {
    double sum = 0;
    for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
      sum += std::abs(image.rgb[i] - 200) + image.rgb[i + 1] + image.rgb[i + 2];
    }
    return sum / double(image.rgb.size());
  };
  const auto plain = to_red(engine_.draw(model_, plain_).at(0).image);
  Control control{.palette = {{.colour = "#c80000"}}};
  EXPECT_LT(to_red(draw(control).image), 0.5 * plain);
  control.until = 0.01;  // the first step alone: what it did is drawn over
  EXPECT_GT(to_red(draw(control).image), 0.5 * plain);
}

TEST_F(ControlTest, ARecipeDrawsItAgain) {
  const auto first = draw(every_kind());
  auto again = from_json<Request>(to_json(request_of(first.recipe)), "request");
  EXPECT_EQ(again.control->edges_from->name, "square.png");
  again.control->edges_from = again.control->depth = again.control->silhouette = square_on_black();
  EXPECT_EQ(engine_.draw(model_, again).at(0).image.rgb, first.image.rgb);
}

TEST_F(ControlTest, APicturesPaletteIsInTheRecipe) {
  const auto control = draw({.palette_from = square_on_black()}).recipe.request.control;
  EXPECT_FALSE(control->palette_from);
  EXPECT_THAT(control->palette, ElementsAre(PaletteColour{.colour = "#000000", .share = 0.75},
                                            PaletteColour{.colour = "#ffffff", .share = 0.25}));
}

TEST_F(ControlTest, WhatIsTransparentHasNoColours) {
  auto square = square_on_black();
  square.alpha.resize(square.image.rgb.size() / 3);
  expect_refusal({.palette_from = square}, "transparent");
  for (std::size_t i = 0; i < square.alpha.size(); ++i) {
    square.alpha[i] = square.image.rgb[3 * i] > 128 ? 255 : 0;
  }
  EXPECT_THAT(draw({.palette_from = square}).recipe.request.control->palette,
              ElementsAre(PaletteColour{.colour = "#ffffff", .share = 1.0}));
}

TEST_F(ControlTest, RefusesWhatItCannotFollow) {
  expect_refusal(thing({0.6, 0, 0.5, 0.5}), "control.layout[0].box: expected x, y, width");
  expect_refusal(thing({0, 0, 0, 0}), "control.layout[0].box: expected x, y, width");
  expect_refusal(thing({0, 0, 0.1, 0.5}),
                 "control.layout[0].box: expected sides of at least 0.125");
  expect_refusal(thing({0, 0, 1, 1}, " \n"),
                 "control.layout[0].phrase: expected what stands there");
  expect_refusal(thing({0, 0, 1, 1}, std::string(5000, 'x')), "phrase: expected at most 4096");
  expect_refusal({.layout = std::vector<LayoutThing>(7)}, "control.layout: expected at most 6");
  expect_refusal({.palette = std::vector<PaletteColour>(7)}, "control.palette: expected at most 6");
  expect_refusal({.palette = {{.colour = "red"}}}, "control.palette[0].colour: expected #rrggbb");
  expect_refusal({.palette = {{.colour = "#ffffff", .share = 0.0}}}, "control.palette[0].share");
  expect_refusal(
      {.palette = {{.colour = "#ffffff", .share = 0.7}, {.colour = "#000000", .share = 0.7}}},
      "control.palette: expected shares of 1 in all, got 1.4");
  expect_refusal({.palette = {{.colour = "#ffffff"}}, .palette_from = square_on_black()},
                 "control.palette: expected none beside a picture");
  expect_refusal({.silhouette = square_on_black(), .strength = 2.1},
                 "control.strength: expected 0");
  expect_refusal({.silhouette = square_on_black(), .until = 0}, "control.until: expected more");
  auto not_a_number = thing({0, 0, 1, 1});
  not_a_number.strength = std::nan("");
  expect_refusal(not_a_number, "control.strength: expected 0");
}

TEST_F(ControlTest, AnothersLookIsTakenOn) {
  const auto plain = engine_.draw(model_, plain_).at(0).image.rgb;
  auto request = plain_;
  const auto drawn = [&](double weight) {
    request.style = Style{.picture = square_on_black(), .weight = weight};
    return engine_.draw(model_, request).at(0);
  };
  const auto apart = [&](const Picture& picture) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) sum += std::abs(picture.image.rgb[i] - plain[i]);
    return sum;
  };
  const auto styled = drawn(1);
  EXPECT_GT(apart(styled), 0);
  EXPECT_LT(apart(drawn(0.01)), apart(styled));
  auto again = request_of(styled.recipe);
  EXPECT_TRUE(again.style->picture.image.rgb.empty()) << "a recipe has its name alone";
  again.style->picture = square_on_black();
  EXPECT_EQ(engine_.draw(model_, again).at(0).image.rgb, styled.image.rgb);
  request.count = 2, request.exclusive = false;  // both look at the same
  drawn(1);
  const auto second = engine_.draw(model_, request).at(1).image.rgb;
  request.count = 1, request.seed = 1;
  const auto alone = drawn(1).image.rgb;
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(second[i], alone[i], 1);
  for (const auto weight : {0.0, -1.0, 2.5}) EXPECT_THROW(drawn(weight), InputError) << weight;
  request.style = Style{};
  EXPECT_THROW(engine_.draw(model_, request), InputError) << "no picture";
}

TEST_F(ControlTest, WithoutAnAdapterNothingIsFollowed) {
  const models::TinyModel bare;
  auto request = plain_;
  request.control = thing({0, 0, 1, 1});
  EXPECT_THAT([&] { check_request(*Model::open(bare.path()), request); },
              ThrowsMessage<InputError>(HasSubstr("control: expected a model with a control")));
  EXPECT_FALSE(Model::open(bare.path())->info().takes_control);
  EXPECT_TRUE(model_->info().takes_control);
}

}  // namespace
}  // namespace imagine
