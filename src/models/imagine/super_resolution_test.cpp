#include "models/imagine/super_resolution.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::models {
namespace {

constexpr SuperResolutionConfig kSmall = {.factor = 2, .width = 8, .blocks = 2, .text_width = 6};

TextEmbedding some_text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, kSmall.text_width}),
          .mask = torch::ones({count, length}, torch::kBool)};
}

TEST(SuperResolution, APatchOfAPictureIsThePictureOfThePatch) {
  torch::manual_seed(7);
  SuperResolution network(kSmall);
  {
    torch::NoGradGuard no_grad;  // a new network only weighs
    for (auto& parameter : network->parameters()) parameter.normal_(0, 0.3);
  }
  const auto text = some_text(1, 3);
  const auto low = torch::rand({1, 3, 24, 24}), noisy = torch::randn({1, 3, 48, 48});
  const auto run = [&](const Tensor& z, const Tensor& given) {
    return network(z, torch::full({1}, 0.5),
                   LowResolution{.pixels = given, .augmentation = torch::zeros({1})}, text);
  };
  const auto whole = run(noisy, low);
  const auto patch =
      run(noisy.narrow(2, 0, 32).narrow(3, 0, 32), low.narrow(2, 0, 16).narrow(3, 0, 16));
  // Six 3x3 convolutions and the bicubic kernel reach 8 low-resolution pixels.
  const auto inside = [](const Tensor& x) { return x.narrow(2, 0, 16).narrow(3, 0, 16); };
  EXPECT_TRUE(torch::allclose(inside(whole), inside(patch), 1e-4, 1e-4));
}

TEST(PixelBlock, ANewOneIsTheIdentity) {
  PixelBlock block(4, 3);
  const auto x = torch::randn({2, 4, 5, 6});
  EXPECT_TRUE(torch::equal(block(x, torch::randn({2, 3})), x));
}

TEST(SuperResolutionConfig, NamesTheFieldThatIsWrong) {
  const auto message = [](SuperResolutionConfig config) {
    try {
      SuperResolution network(config);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message(kSmall), "accepted");
  EXPECT_THAT(message({.factor = 17}), testing::HasSubstr("model.factor: expected 1 .. 16"));
  EXPECT_THAT(message({.width = 0}), testing::HasSubstr("model.width"));
  EXPECT_THAT(message({.blocks = -1}), testing::HasSubstr("model.blocks"));
}

}  // namespace
}  // namespace imagine::models
