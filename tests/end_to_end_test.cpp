// The embedded model draws, and its pictures follow the prompt.

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "imagine/engine.h"

namespace imagine {
namespace {

struct Colour {
  std::string name;
  std::array<int, 3> rgb;
};

// The plain grounds of the training data.
const std::vector<Colour> kColours = {{"red", {191, 38, 31}},     {"blue", {51, 89, 191}},
                                      {"green", {64, 153, 77}},   {"yellow", {242, 217, 89}},
                                      {"white", {255, 255, 255}}, {"gray", {140, 140, 145}},
                                      {"black", {13, 13, 15}},    {"pink", {242, 179, 191}}};

const std::vector<std::string> kThings = {
    "a photo of a lemon",          "a photo of a pineapple", "a photo of a mushroom",
    "a 3D render of a racing car", "a 3D render of a whale", "a 3D render of a red apple",
    "a flat icon of a key",        "a flat icon of a house", "a photo of a chair",
    "a 3D render of a butterfly",
};

/// The median of the pixels along the upper edge and the upper halves of both sides.
std::array<int, 3> ground_of(const Image& image) {
  std::array<int, 3> median{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::vector<int> values;
    for (int x = 1; x + 1 < image.width; ++x) values.push_back(image.at(x, 1)[channel]);
    for (int y = 2; y < image.height / 2; ++y) {
      values.push_back(image.at(1, y)[channel]);
      values.push_back(image.at(image.width - 2, y)[channel]);
    }
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::ranges::nth_element(values, middle);
    median[channel] = *middle;
  }
  return median;
}

std::string nearest_colour(const std::array<int, 3>& rgb) {
  const auto distance = [&](const Colour& colour) {
    int sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += (rgb[i] - colour.rgb[i]) * (rgb[i] - colour.rgb[i]);
    return sum;
  };
  return std::ranges::min_element(kColours, {}, distance)->name;
}

class EndToEnd : public testing::Test {
 protected:
  Image draw(const Request& request) { return engine_.draw(model_, request)[0].image; }

  const std::shared_ptr<const Model> model_ =
      Model::open(IMAGINE_SOURCE_DIR "/models/imagine-small");
  Engine engine_;
};

TEST_F(EndToEnd, TheGroundHasTheColourThatThePromptNames) {
  int right = 0, asked = 0;
  std::string wrong;
  for (const auto& thing : kThings) {
    for (const std::string colour : {"red", "blue", "green", "yellow", "white", "black"}) {
      const auto prompt = thing + " on a " + colour + " background";
      const auto seed = std::uint64_t(asked++);
      const auto picture = draw({.prompt = prompt, .seed = seed, .size = 64});
      const auto seen = nearest_colour(ground_of(picture));
      right += seen == colour;
      if (seen != colour) wrong += "\n  " + prompt + ": " + seen;
    }
  }
  RecordProperty("right", right);
  EXPECT_EQ(asked, 60);
  EXPECT_GE(right, 54) << "of " << asked << "; wrong:" << wrong;
}

TEST_F(EndToEnd, AnotherPromptWithTheSameSeedIsAnotherPicture) {
  const auto showing = [&](const std::string& prompt) {
    return draw({.prompt = prompt, .seed = 1, .size = 64});
  };
  const auto red = showing("a red cube on grass"), blue = showing("a blue sphere on snow");
  ASSERT_EQ(red.rgb.size(), blue.rgb.size());
  double difference = 0;
  for (std::size_t i = 0; i < red.rgb.size(); ++i) {
    difference += std::abs(int(red.rgb[i]) - int(blue.rgb[i]));
  }
  EXPECT_GT(difference / double(red.rgb.size()), 10);
}

TEST_F(EndToEnd, TheCascadeKeepsWhatTheBaseDrew) {
  const auto at = [&](int size) {
    return draw({.prompt = "a red cube on grass", .seed = 2, .size = size});
  };
  const auto small = at(64), large = at(256);
  ASSERT_EQ(large.width, 256);
  double difference = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        int sum = 0;
        for (int i = 0; i < 16; ++i) sum += large.at(4 * x + i % 4, 4 * y + i / 4)[c];
        difference += std::abs(sum / 16 - int(small.at(x, y)[c]));
      }
    }
  }
  EXPECT_LT(difference / (64 * 64 * 3), 12);
}

}  // namespace
}  // namespace imagine
