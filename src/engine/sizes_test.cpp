#include "engine/sizes.h"

#include <cmath>
#include <gmock/gmock.h>

#include "imagine/engine.h"
#include "models/families.h"

namespace imagine::engine {
namespace {

using testing::ElementsAre;

std::filesystem::path embedded() {
  return std::filesystem::path(IMAGINE_SOURCE_DIR) / "models/imagine-small";
}

TEST(Sizes, HalfOfAnEnlargedSizeIsOffered) {
  const auto cascade = models::open_cascade(embedded(), {});  // 64, 256, 1024
  const auto of = [&](Task task) {
    std::vector<int> sizes;
    for (const auto& drawn : sizes_of(cascade, task)) sizes.push_back(drawn.size);
    return sizes;
  };
  EXPECT_THAT(of(Task::generate), ElementsAre(64, 128, 256, 512, 1024));
  EXPECT_THAT(of(Task::upscale), ElementsAre(256, 1024));
  EXPECT_THAT(Model::open(embedded())->info().sizes, ElementsAre(64, 128, 256, 512, 1024));
}

TEST(Sizes, ItsPixelsAreTheMeansOfFourOfTheWhole) {
  Engine engine({.dtype = "fp32"});
  const auto model = Model::open(embedded());
  const auto drawn = [&](int size) {
    return engine.draw(model, {.prompt = "a red cube", .size = size}).at(0);
  };
  const auto whole = drawn(256), half = drawn(128);
  ASSERT_EQ(half.image.width, 128);
  EXPECT_EQ(half.recipe.width, 128);
  EXPECT_EQ(half.recipe.request.size, 128);
  const auto at = [](const Image& image, int x, int y, int channel) {
    return int(image.rgb[(std::size_t(y) * std::size_t(image.width) + std::size_t(x)) * 3 +
                         std::size_t(channel)]);
  };
  int worst = 0;
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) {
      double sum = 0;
      for (const int dy : {0, 1}) {
        for (const int dx : {0, 1}) sum += at(whole.image, 2 * x + dx, 2 * y + dy, 1);
      }
      worst = std::max(worst, int(std::abs(std::lround(sum / 4) - at(half.image, x, y, 1))));
    }
  }
  EXPECT_LE(worst, 2);  // roundings, and what is beyond black or white
}

}  // namespace
}  // namespace imagine::engine
