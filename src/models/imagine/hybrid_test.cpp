#include "models/imagine/hybrid.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

constexpr HybridConfig kSmall = {.size = 32,
                                 .stem = 8,
                                 .width = 32,
                                 .depth = 2,
                                 .heads = 2,
                                 .positions = 4,
                                 .text_width = 12,
                                 .text_depth = 1};

TextEmbedding some_text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, kSmall.text_width}),
          .mask = torch::ones({count, length}, torch::kBool)};
}

/// New blocks are identities and new modulations zero: random values everywhere make a test mean
/// something.
void randomise(torch::nn::Module& network) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : network.parameters()) parameter.normal_(0, 0.2);
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

  Hybrid network_{kSmall};
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
  auto config = kSmall;
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
  Hybrid told_nothing(kSmall);
  randomise(*told_nothing);
  const auto without = told_nothing->read(text, read, torch::ones({1, 4}));
  EXPECT_TRUE(torch::equal(without.pooled, told_nothing->read(text, read).pooled));
}

TEST(HybridConfig, NamesTheFieldThatIsWrong) {
  auto config = kSmall;
  config.heads = 5;
  EXPECT_THAT([&] { config.validate(); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("model.heads")));
}

}  // namespace
}  // namespace imagine::models
