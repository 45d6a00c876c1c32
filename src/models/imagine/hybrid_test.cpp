#include "models/imagine/hybrid.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "models/imagine/tiny_hybrid.h"
#include "models/regions.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

TextEmbedding some_text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, kTinyHybrid.text_width}),
          .mask = torch::ones({count, length}, torch::kBool)};
}

class HybridTest : public testing::Test {
 protected:
  HybridTest() {
    torch::manual_seed(3);
    randomise(*network_);
  }

  Tensor predict(const TextEmbedding& text, bool unconditional, int64_t size = 32) {
    auto generator = at::detail::createCPUGenerator(9);
    const auto count = text.mask.size(0);
    const auto noisy =
        torch::randn({1, 3, size, size}, generator, torch::kFloat).expand({count, -1, -1, -1});
    const auto read = network_->read(text, torch::full({count}, unconditional, torch::kBool));
    return network_(noisy, torch::full({count}, 0.4), read);
  }

  Hybrid network_{kTinyHybrid};
};

TEST_F(HybridTest, ReadsTheText) {
  const auto first = predict(some_text(1, 5), false), second = predict(some_text(1, 5), false);
  EXPECT_GT((first - second).abs().max().item<double>(), 1e-3);
}

TEST_F(HybridTest, RowsOfATextAreReadLikeTheWhole) {
  const torch::NoGradGuard no_grad;
  const auto noisy = torch::randn({3, 3, 32, 32}), t = torch::tensor({0.1F, 0.5F, 0.9F});
  const auto text = some_text(3, 5);
  const auto unconditional = torch::tensor({false, true, false});
  const auto whole = network_(noisy, t, network_->read(text, unconditional));
  std::vector<HybridText> read;
  for (int64_t row = 0; row < 3; ++row) {
    read.push_back(network_->read(tensor::row_of(text, row), unconditional.narrow(0, row, 1)));
  }
  const auto rows =
      network_(noisy.narrow(0, 1, 2), t.narrow(0, 1, 2), joined({&read[1], &read[2]}));
  EXPECT_TRUE(torch::allclose(rows, whole.narrow(0, 1, 2), 1e-4, 1e-5));
  const auto all = joined({&read[0], &read[1], &read[2]});
  EXPECT_TRUE(torch::allclose(network_(noisy, t, all), whole, 1e-4, 1e-5));
}

/// Of one block, whose places see each other's words only through what they already are.
TEST_F(HybridTest, ARegionsWordsChangeNothingOutsideIt) {
  const torch::NoGradGuard no_grad;
  auto one = kTinyHybrid;
  one.depth = 1;
  HybridBlock block(one.width, one.heads);
  randomise(*block);
  const auto x = torch::randn({1, 64, one.width});  // 8x8 places
  const auto modulation = torch::randn({1, 6 * one.width}) * 0.1;
  const auto read = [&](const Tensor& words) {
    return HybridText{.pooled = torch::zeros({1, one.width}),
                      .bias = torch::zeros({1, 1, 1, words.size(1)}),
                      .keys = {block->read(words)}};
  };
  const auto drawn = [&](const Tensor& own, const Tensor& regions) {
    const std::vector<Region> left = {{.box = {0, 0, 0.5, 1}, .strength = 1}};
    const auto text =
        with_regions({read(own), read(regions)}, region_biases(left, {.width = 8, .height = 8}));
    const auto bias = torch::constant_pad_nd(text.bias, {x.size(1), 0});
    return block->forward(x, text.keys[0], {.bias = bias, .modulation = modulation})
        .view({8, 8, one.width});
  };
  const auto some = [&](int64_t length) { return torch::randn({1, length, one.width}); };
  const auto own = some(5), first = drawn(own, some(3)), second = drawn(own, some(7));
  EXPECT_TRUE(torch::allclose(first.narrow(1, 4, 4), second.narrow(1, 4, 4), 1e-5, 1e-5));
  EXPECT_GT((first - second).narrow(1, 0, 4).abs().amax({1, 2}).min().item<double>(), 1e-3);
  const auto other = drawn(some(5), some(3));
  EXPECT_GT((first - other).narrow(1, 4, 4).abs().max().item<double>(), 1e-3);
}

TEST_F(HybridTest, ARegionOfAllThePictureIsItsText) {
  const torch::NoGradGuard no_grad;
  const auto own = some_text(1, 5), region = some_text(1, 4);
  const auto read = [&](const TextEmbedding& text) {
    return network_->read(text, torch::zeros({1}, torch::kBool));
  };
  const auto noisy = torch::randn({1, 3, 32, 32}), t = torch::full({1}, 0.4);
  auto whole = with_regions(
      {read(own), read(region)},
      region_biases({{.box = {0, 0, 1, 1}, .strength = 1}}, {.width = 8, .height = 8}));
  auto alone = read(region);
  alone.pooled = whole.pooled;  // the picture is told its own text as a whole
  EXPECT_TRUE(torch::allclose(network_(noisy, t, whole), network_(noisy, t, alone), 1e-4, 1e-5));
}

/// A word of weight 2 counts as if it stood there twice, one of weight 0 as if it did not.
TEST_F(HybridTest, WeightsCountWords) {
  const torch::NoGradGuard no_grad;
  const auto word = [&](int64_t at) { return torch::full({1}, at, torch::kLong); };
  auto text = some_text(1, 3);
  const auto read = [&](const TextEmbedding& of) {
    return network_->read(of, torch::zeros({1}, torch::kBool));
  };
  const auto plain = read(text);
  text.emphasis = torch::tensor({{0.0F, std::log(2.0F), -INFINITY}});
  const auto weighed = read(text);
  auto twice = plain;  // the first word once, the second twice, the third not at all
  const auto chosen = torch::cat({word(0), word(1), word(1)});
  for (auto& [key, value] : twice.keys) {
    key = key.index_select(1, chosen), value = value.index_select(1, chosen);
  }
  const auto noisy = torch::randn({1, 3, 32, 32}), t = torch::full({1}, 0.4);
  const auto drawn = [&](const HybridText& of) { return network_(noisy, t, of); };
  EXPECT_TRUE(torch::allclose(drawn(weighed), drawn(twice), 1e-4, 1e-5));
  EXPECT_GT((drawn(weighed) - drawn(plain)).abs().max().item<double>(), 1e-3);
  const auto nothing = network_->read(text, torch::ones({1}, torch::kBool));
  EXPECT_TRUE(torch::isfinite(drawn(nothing)).all().item<bool>()) << "no text has no weights";
}

/// Whether a batch has other rows with regions or none, a row is what it is alone.
TEST_F(HybridTest, RowsWithAndWithoutRegionsAreDrawnTogether) {
  const torch::NoGradGuard no_grad;
  const auto read = [&](int64_t length) {
    return network_->read(some_text(1, length), torch::zeros({1}, torch::kBool));
  };
  const auto plain = read(4);
  const auto regional = with_regions(
      {read(5), read(3)},
      region_biases({{.box = {0, 0, 0.5, 1}, .strength = 1}}, {.width = 8, .height = 8}));
  const auto noisy = torch::randn({2, 3, 32, 32}), t = torch::full({2}, 0.4);
  const auto both = network_(noisy, t, joined({&plain, &regional}));
  const auto alone = [&](int64_t row, const HybridText& text) {
    return network_(noisy.narrow(0, row, 1), t.narrow(0, row, 1), text);
  };
  EXPECT_TRUE(torch::allclose(both.narrow(0, 0, 1), alone(0, plain), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 1, 1), alone(1, regional), 1e-4, 1e-5));
}

TEST_F(HybridTest, WithoutTextNothingOfItIsRead) {
  EXPECT_TRUE(
      torch::allclose(predict(some_text(1, 5), true), predict(some_text(1, 9), true), 1e-4, 1e-5));
}

TEST_F(HybridTest, PaddingNeverChangesAPicture) {
  const auto text = some_text(1, 5);
  const auto longer = some_text(1, 11);
  const auto batch = tensor::joined({&text, &longer});
  for (const bool unconditional : {false, true}) {
    const auto alone = predict(text, unconditional);
    const auto padded = predict(batch, unconditional).narrow(0, 0, 1);
    EXPECT_TRUE(torch::allclose(alone, padded, 1e-4, 1e-4)) << unconditional;
  }
}

TEST_F(HybridTest, AnyMultipleOfEightServesWithItsGridOfPositions) {
  for (const int64_t size : {8, 16, 24, 64}) {
    EXPECT_EQ(predict(some_text(2, 4), false, size).sizes(),
              (std::vector<int64_t>{2, 3, size, size}));
  }
  const auto read = network_->read(some_text(1, 4), torch::zeros({1}, torch::kBool));
  for (const auto& shape : {std::vector<int64_t>{1, 3, 16, 40}, {1, 3, 24, 8}}) {
    EXPECT_EQ(network_(torch::randn(shape), torch::full({1}, 0.4), read).sizes(), shape);
  }
}

/// Two pictures and a third whose look the first may take on.
TEST_F(HybridTest, StylesAreTheOtherRowsPlacesAndStatistics) {
  const torch::NoGradGuard no_grad;
  const auto text = network_->read(some_text(3, 4), torch::zeros({3}, torch::kBool));
  const auto noisy = torch::randn({3, 3, 32, 32}), t = torch::full({3}, 0.4);
  const auto plain = network_(noisy, t, text);
  const auto with = [&](double weight, int64_t of) {
    return network_(noisy, t, text,
                    HybridStyles{.rows = torch::tensor({of, int64_t(1), int64_t(2)}),
                                 .weights = torch::tensor({float(weight), 0.0F, 0.0F})});
  };
  const auto apart = [](const Tensor& one, const Tensor& other) {
    return (one - other).abs().max().item<double>();
  };
  EXPECT_LT(apart(with(0, 2), plain), 1e-4) << "of weight 0 nothing is found";
  const auto styled = with(1, 2);
  EXPECT_GT(apart(styled[0], plain[0]), 1e-2);
  EXPECT_LT(apart(styled.narrow(0, 1, 2), plain.narrow(0, 1, 2)), 1e-4) << "others stay";
  // Who finds its own places twice finds words half as well: as words of half the weight.
  auto halved = text;
  halved.bias = text.bias - std::log(2.0);
  EXPECT_LT(apart(with(1, 0)[0], network_(noisy, t, halved)[0]), 1e-3);
  EXPECT_GT(apart(with(1, 1)[0], styled[0]), 1e-2);
}

TEST_F(HybridTest, EveryParameterLearns) {
  network_->zero_grad();
  const auto drop = torch::tensor({true, false});
  network_(torch::randn({2, 3, 32, 32}), torch::tensor({0.2, 0.7}),
           network_->read(some_text(2, 4), drop))
      .square()
      .sum()
      .backward();
  for (const auto& named : network_->named_parameters()) {
    ASSERT_TRUE(named.value().grad().defined()) << named.key();
    EXPECT_GT(named.value().grad().abs().max().item<double>(), 0) << named.key();
  }
}

TEST(HybridCrop, IsReadAndNothingIsCutOffUnlessTold) {
  torch::manual_seed(3);
  auto config = kTinyHybrid;
  config.crop_told = true;
  Hybrid network(config);
  randomise(*network);
  const torch::NoGradGuard no_grad;
  const auto text = some_text(1, 4);
  const auto noisy = torch::randn({1, 3, 32, 32}), t = torch::full({1}, 0.4);
  const auto read = torch::zeros({1}, torch::kBool);
  const auto drawn = [&](const Tensor& cut) {
    return network(noisy, t, network->read(text, read, cut));
  };
  EXPECT_TRUE(torch::equal(drawn({}), drawn(torch::zeros({1, 4}))));
  for (int64_t side = 0; side < 4; ++side) {
    auto cut = torch::zeros({1, 4});
    cut[0][side] = 0.5;
    EXPECT_GT((drawn(cut) - drawn({})).abs().max().item<double>(), 1e-3) << side;
  }
  Hybrid told_nothing(kTinyHybrid);
  randomise(*told_nothing);
  const auto without = told_nothing->read(text, read, torch::ones({1, 4}));
  EXPECT_TRUE(torch::equal(without.pooled, told_nothing->read(text, read).pooled));
}

TEST(HybridConfig, NamesTheFieldThatIsWrong) {
  auto config = kTinyHybrid;
  config.heads = 5;
  EXPECT_THAT([&] { config.validate(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("model.heads")));
}

}  // namespace
}  // namespace imagine::models
