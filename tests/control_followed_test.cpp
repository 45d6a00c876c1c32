// The embedded model draws what it is told beside the words: how far, and which way.

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include <torch/utils.h>

#include "imagine/engine.h"
#include "io/palette.h"
#include "models/source.h"
#include "tensor/edges.h"

namespace imagine {
namespace {

constexpr int kSide = 64;
constexpr int kPictures = 12;  // of each kind

class ControlFollowed : public testing::Test {
 protected:
  std::vector<Image> drawn(Request request, int count = kPictures) {
    request.size = kSide, request.count = count;
    std::vector<Image> images;
    for (auto& picture : engine_.draw(model_, request)) images.push_back(std::move(picture.image));
    return images;
  }

  const std::shared_ptr<const Model> model_ =
      Model::open(IMAGINE_SOURCE_DIR "/models/imagine-small");
  Engine engine_;
};

/// The middle of its red pixels from the left, in parts of its width; nothing where it has few.
std::optional<double> middle_of_red(const Image& image) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const auto* rgb = image.at(x, y);
      if (rgb[0] < 2 * std::max(rgb[1], rgb[2]) || rgb[0] < 80) continue;
      sum += x + 0.5, ++count;
    }
  }
  if (count < kSide) return std::nullopt;
  return sum / count / image.width;
}

Tensor edges_in(const Image& image) {
  return tensor::edges_of(models::picture_at(image, {.width = image.width, .height = image.height}))
      .to(torch::kFloat);
}

/// F1 of the edges of one in those of the other, a pixel to either side allowed.
double agreement(const Image& one, const Image& other) {
  const auto a = edges_in(one), b = edges_in(other);
  const auto found = [](const Tensor& edges, const Tensor& in) {
    return (edges * torch::max_pool2d(in, 3, 1, 1)).sum().item<double>() /
           std::max(1.0, edges.sum().item<double>());
  };
  const double precision = found(a, b), recall = found(b, a);
  return 2 * precision * recall / std::max(1e-9, precision + recall);
}

/// Mean CIEDE2000 of the told colours to the nearest of six that the picture is made of.
double away(const Image& image, const std::vector<io::Lab>& told) {
  double sum = 0;
  const auto made_of = io::palette_of(image, 6);
  for (const auto& colour : told) {
    double nearest = 100;
    for (const auto& swatch : made_of) {
      nearest = std::min(nearest, io::difference_of(colour, swatch.colour));
    }
    sum += nearest;
  }
  return sum / double(told.size());
}

/// Mean and deviation of each channel.
std::array<double, 6> look_of(const Image& image) {
  const auto picture = models::picture_at(image, {.width = image.width, .height = image.height});
  std::array<double, 6> look{};
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    look[std::size_t(channel)] = picture.select(1, channel).mean().item<double>();
    look[std::size_t(channel) + 3] = picture.select(1, channel).std().item<double>();
  }
  return look;
}

double distance(const std::array<double, 6>& one, const std::array<double, 6>& other) {
  double sum = 0;
  for (std::size_t i = 0; i < one.size(); ++i) sum += std::pow(one[i] - other[i], 2);
  return std::sqrt(sum);
}

template <class Measure>
double mean_of(const std::vector<Image>& images, const Measure& measure) {
  double sum = 0;
  for (const auto& image : images) sum += measure(image);
  return sum / double(images.size());
}

TEST_F(ControlFollowed, AThingStandsInItsBox) {
  int right = 0;
  for (const double left : {0.05, 0.55}) {
    Request request{.prompt = "a red cube on grass"};
    request.control = {.layout = {{.box = {left, 0.3, 0.4, 0.5}, .phrase = "a red cube"}}};
    for (const auto& image : drawn(request)) {
      const auto middle = middle_of_red(image);
      right += middle && std::abs(*middle - (left + 0.2)) < 0.12;
    }
  }
  RecordProperty("right", right);
  EXPECT_GE(right, 2 * kPictures * 8 / 10);
}

TEST_F(ControlFollowed, WhatABoxSaysNeedNotStandInThePrompt) {
  int right = 0;
  for (const auto* prompt :
       {"two bodies on grass", "a blue sphere to the left of a red cube on grass"}) {
    Request request{.prompt = prompt};
    request.control = {.layout = {{.box = {0.1, 0.4, 0.3, 0.4}, .phrase = "a red cube"},
                                  {.box = {0.6, 0.4, 0.3, 0.4}, .phrase = "a blue sphere"}}};
    for (const auto& image : drawn(request)) {
      const auto middle = middle_of_red(image);
      right += middle && std::abs(*middle - 0.25) < 0.12;
    }
  }
  RecordProperty("right", right);
  EXPECT_GE(right, 2 * kPictures * 9 / 10) << "whatever else the prompt says";
}

TEST_F(ControlFollowed, EachRegionHasItsOwnBody) {
  int right = 0;
  for (const bool swapped : {false, true}) {
    Request request{.prompt = "two bodies on grass"};
    const Box left{0.05, 0.2, 0.4, 0.6}, other{0.55, 0.2, 0.4, 0.6};
    request.regions = {{.box = swapped ? other : left, .prompt = "a red cube"},
                       {.box = swapped ? left : other, .prompt = "a blue sphere"}};
    for (const auto& image : drawn(request)) {
      const auto middle = middle_of_red(image);
      right += middle && (swapped ? *middle > 0.55 : *middle < 0.45);
    }
  }
  RecordProperty("right", right);
  EXPECT_GE(right, 2 * kPictures * 9 / 10);
}

TEST_F(ControlFollowed, LinesAreFollowed) {
  const auto from = drawn({.prompt = "a red cube to the left of a blue sphere on grass"}, 4);
  double told = 0, untold = 0;
  for (const auto& image : from) {
    Request request{.prompt = "a red cube to the left of a blue sphere on grass", .seed = 100};
    const auto follows = [&](const Image& other) { return agreement(other, image); };
    untold += mean_of(drawn(request, 4), follows) / 4;
    request.control = {.edges_from = Source{.image = image, .name = "picture.png"}};
    told += mean_of(drawn(request, 4), follows) / 4;
  }
  RecordProperty("told", std::to_string(told));
  EXPECT_GT(told, 0.7);
  EXPECT_LT(untold, 0.5);
}

TEST_F(ControlFollowed, ThePictureIsMadeOfItsPalette) {
  const std::vector<std::string> colours = {"#4b2e83", "#e8a33d", "#f2efe6"};
  const std::vector<io::Lab> told = {io::lab_of({0x4b, 0x2e, 0x83}), io::lab_of({0xe8, 0xa3, 0x3d}),
                                     io::lab_of({0xf2, 0xef, 0xe6})};
  Request request{.prompt = "a red cube on grass"};
  const auto measure = [&](const Image& image) { return away(image, told); };
  const auto untold = mean_of(drawn(request), measure);
  request.control.emplace();
  for (const auto& colour : colours) request.control->palette.push_back({.colour = colour});
  const auto followed = mean_of(drawn(request), measure);
  RecordProperty("away", std::to_string(followed));
  EXPECT_LT(followed, 10);
  EXPECT_GT(untold, 2 * followed);
}

TEST_F(ControlFollowed, AWordWeighsAsMuchAsItIsTold) {
  const auto red = [](const Image& image) { return look_of(image)[0] - look_of(image)[2]; };
  std::vector<double> seen;
  for (const auto* weight : {"0.5", "1", "2"}) {
    seen.push_back(mean_of(drawn({.prompt = std::string("a (red:") + weight + ") blue cube on snow",
                                  .prompt_syntax = PromptSyntax::a1111}),
                           red));
  }
  EXPECT_LT(seen[0], seen[1]);
  EXPECT_LT(seen[1], seen[2]);
}

TEST_F(ControlFollowed, AnotherPicturesLookIsTakenOnTheMoreItWeighs) {
  const auto reference = drawn({.prompt = "a flat icon of a key on a yellow background"}, 1)[0];
  const auto measure = [&](const Image& image) {
    return distance(look_of(image), look_of(reference));
  };
  Request request{.prompt = "a photo of a mushroom", .seed = 50};
  std::vector<double> seen = {mean_of(drawn(request), measure)};
  for (const double weight : {0.5, 1.0}) {
    request.style = Style{.picture = {.image = reference, .name = "key.png"}, .weight = weight};
    seen.push_back(mean_of(drawn(request), measure));
  }
  EXPECT_LT(seen[1], 0.7 * seen[0]);
  EXPECT_LE(seen[2], seen[1] + 0.02);
}

}  // namespace
}  // namespace imagine
