#include "models/imagine/efficient_unet.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::models {
namespace {

EfficientUnetConfig small() {
  return {.factor = 2,
          .width = 8,
          .multipliers = {1, 2, 3},
          .blocks = {1, 2, 1},
          .reading_levels = 1,
          .attention_levels = 0,
          .heads = 4,
          .text_width = 6};
}

void randomise(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) parameter.normal_(0, 0.2);
}

TextEmbedding words(int64_t count) {
  return {.states = torch::randn({1, count, 6}), .mask = torch::ones({1, count}, torch::kBool)};
}

Tensor predict(EfficientUnet& network, const Tensor& noisy, const TextEmbedding& text) {
  const LowResolution low{.pixels = torch::avg_pool2d(noisy, 2), .augmentation = torch::zeros(1)};
  return network->forward(noisy, torch::full({1}, 0.5), low, text);
}

int64_t count_of(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

TEST(EfficientUnet, APictureOfAnySizeComesOutAtItsSize) {
  torch::manual_seed(1);
  EfficientUnet network(small());
  randomise(*network);
  const auto text = words(3);
  for (const auto& [height, width] : {std::pair{16, 16}, {2, 2}, {18, 10}, {14, 30}}) {
    const auto noisy = torch::randn({1, 3, height, width});
    EXPECT_EQ(predict(network, noisy, text).sizes(), noisy.sizes());
  }
}

TEST(EfficientUnet, SeesTheWholePictureThroughItsSmallestLevel) {
  torch::manual_seed(2);
  EfficientUnet network(small());
  randomise(*network);
  const auto text = words(2);
  auto noisy = torch::randn({1, 3, 64, 64});
  const auto before = predict(network, noisy, text);
  noisy.narrow(2, 0, 8).narrow(3, 0, 8).neg_();
  const auto far = (predict(network, noisy, text) - before)[0][0][63][63].abs().item<double>();
  EXPECT_GT(far, 1e-6);
}

TEST(EfficientUnet, WordsAreReadOneByOneWhereLevelsRead) {
  torch::manual_seed(3);
  const auto change_by_words = [](int64_t levels) {
    auto config = small();
    config.reading_levels = levels;
    EfficientUnet network(config);
    randomise(*network);
    const auto noisy = torch::randn({1, 3, 16, 16});
    auto text = words(2);
    const auto before = predict(network, noisy, text);
    const auto change = 3 * torch::randn({1, 1, 6});  // the mean stays
    text.states = text.states + torch::cat({change, -change}, 1);
    return (predict(network, noisy, text) - before).abs().max().item<double>();
  };
  EXPECT_LT(change_by_words(0), 1e-4);  // the mean alone enters
  EXPECT_GT(change_by_words(1), 1e-4);
}

TEST(EfficientUnet, LevelsHaveTheBlocksOfTheirConfig) {
  auto more = small();
  const auto before = count_of(*EfficientUnet(small()));
  ++more.blocks[1];
  const auto block = count_of(*nn::ResidualBlock(16, 32));
  EXPECT_EQ(count_of(*EfficientUnet(more)) - before, 2 * block);  // down and up
  auto attentive = small();
  attentive.attention_levels = 1;
  EXPECT_EQ(count_of(*EfficientUnet(attentive)) - before, 2 * (24 * 48 + 48));
}

TEST(UnetReader, ANewOneIsTheIdentity) {
  UnetReader reader(8, 2, 6, true);
  const auto x = torch::randn({1, 8, 4, 4});
  EXPECT_TRUE(torch::equal(reader(x, words(3).states, words(3).mask), x));
}

TEST(EfficientUnetConfig, NamesTheFieldThatIsWrong) {
  const auto expect_refusal = [](const char* what, auto change) {
    auto config = small();
    change(config);
    EXPECT_THAT([&] { config.validate(); },
                testing::ThrowsMessage<ConfigError>(testing::HasSubstr(what)));
  };
  using C = EfficientUnetConfig;
  expect_refusal("model.width: expected 1 .. 65536", [](C& c) { c.width = 0; });
  expect_refusal("model.blocks: expected 3 levels", [](C& c) { c.blocks = {1, 1}; });
  expect_refusal("model.blocks: expected 1 .. 1024", [](C& c) { c.blocks = {1, 0, 1}; });
  expect_refusal("model.multipliers", [](C& c) { c.multipliers = {1, -2, 3}; });
  expect_refusal("model.multipliers: levels", [](C& c) { c.multipliers = c.blocks = {}; });
  expect_refusal("model.reading_levels: expected 0 .. 3", [](C& c) { c.reading_levels = 4; });
  expect_refusal("model.attention_levels: expected 0 .. 1", [](C& c) { c.attention_levels = 2; });
  expect_refusal("24 channels do not split into 5 heads", [](C& c) { c.heads = 5; });
  expect_refusal("model.factor: expected 1 .. 16", [](C& c) { c.factor = 0; });
}

}  // namespace
}  // namespace imagine::models
