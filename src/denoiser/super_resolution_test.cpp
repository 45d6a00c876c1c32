#include "denoiser/super_resolution.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "nn/text_batch.h"

namespace imagine::denoiser {
namespace {

constexpr SuperResolutionConfig kSmall = {.factor = 2, .width = 8, .blocks = 2, .text_width = 6};

TextEmbedding some_text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, kSmall.text_width}),
          .mask = torch::ones({count, length}, torch::kBool)};
}

/// All that the network reads; each test changes one of them.
struct Reading {
  Tensor noisy = torch::randn({2, 3, 8, 12});
  Tensor t = torch::tensor({0.2, 0.7}, torch::kFloat);
  LowResolution low = {.pixels = torch::randn({2, 3, 4, 6}),
                       .augmentation = torch::tensor({0.1, 0.3}, torch::kFloat)};
  TextEmbedding text = some_text(2, 4);
};

class SuperResolutionTest : public testing::Test {
 protected:
  Tensor predict(const Reading& r) { return network_(r.noisy, r.t, r.low, r.text); }

  /// A new network only weighs: random values everywhere make a test mean something.
  void randomise() {
    torch::NoGradGuard no_grad;
    for (auto& parameter : network_->parameters()) parameter.normal_(0, 0.3);
  }

  SuperResolutionTest() { torch::manual_seed(7); }

  SuperResolution network_{kSmall};
};

TEST_F(SuperResolutionTest, AnUntrainedNetworkGoesFromTheEnlargementToWhatItSees) {
  Reading reading;
  reading.t = torch::tensor({0.0, 1.0}, torch::kFloat);
  const auto predicted = predict(reading);
  EXPECT_TRUE(torch::allclose(predicted[0], enlarged(reading.low.pixels, 2)[0]));
  EXPECT_TRUE(torch::allclose(predicted[1], reading.noisy[1], 1e-4, 1e-5));
}

TEST_F(SuperResolutionTest, AnUntrainedNetworkMakesTheBestLinearGuess) {
  const LowResolution low{.pixels = torch::rand({1, 3, 64, 64}) - 0.5,
                          .augmentation = torch::zeros({1})};
  const auto base = enlarged(low.pixels, 2);
  const auto clean = base + kSmall.detail * torch::randn_like(base);
  const auto start = network_->start(low, torch::randn_like(base));
  const auto t = torch::full({1}, 0.4);
  const auto noisy = 0.4 * clean + 0.6 * start;
  const auto error_of = [&](double part) {  // of a guess that takes this part of the difference
    return (base + part * (noisy - base) - clean).square().mean().item<double>();
  };
  const double error =
      (network_(noisy, t, low, some_text(1, 2)) - clean).square().mean().item<double>();
  for (const double part : {0.0, 0.5, 1.0, 1.5}) EXPECT_LT(error, error_of(part)) << part;
  const double s = kSmall.detail, n = kSmall.noise;
  EXPECT_NEAR(error, std::pow(0.6 * s * n, 2) / (std::pow(0.4 * s, 2) + std::pow(0.6 * n, 2)),
              0.05 * error);
}

TEST_F(SuperResolutionTest, StartsAtTheEnlargementWithAsMuchNoiseAsItsConfigSays) {
  const Reading reading;
  const auto noise = torch::randn({2, 3, 8, 12});
  const auto expected = enlarged(reading.low.pixels, 2) + 0.1 * noise;
  EXPECT_TRUE(torch::allclose(network_->start(reading.low, noise), expected));
}

TEST_F(SuperResolutionTest, ReadsEverythingThatItIsTold) {
  randomise();
  const Reading reading;
  const auto before = predict(reading);
  const auto expect_change = [&](const char* what, const std::function<void(Reading&)>& change) {
    auto other = reading;
    change(other);
    EXPECT_GT((predict(other) - before).abs().max().item<double>(), 1e-3) << what;
  };
  expect_change("noisy", [](Reading& r) { r.noisy = -r.noisy; });
  expect_change("t", [](Reading& r) { r.t = r.t + 0.1; });
  expect_change("low", [](Reading& r) { r.low.pixels = -r.low.pixels; });
  expect_change("augmentation", [](Reading& r) { r.low.augmentation = 1 - r.low.augmentation; });
  expect_change("text", [](Reading& r) { r.text = some_text(2, 4); });
}

TEST_F(SuperResolutionTest, PaddingAndNeighboursNeverChangeAPicture) {
  randomise();
  Reading reading;
  const auto both = predict(reading);
  reading.text = nn::joined(reading.text, some_text(1, 9));
  reading.text = {.states = reading.text.states.narrow(0, 0, 1),
                  .mask = reading.text.mask.narrow(0, 0, 1)};
  const auto row = [](const Tensor& x) { return x.narrow(0, 0, 1); };
  const LowResolution low{.pixels = row(reading.low.pixels),
                          .augmentation = row(reading.low.augmentation)};
  const auto alone = network_(row(reading.noisy), row(reading.t), low, reading.text);
  EXPECT_TRUE(torch::allclose(alone, row(both), 1e-4, 1e-4));
}

TEST_F(SuperResolutionTest, APatchOfAPictureIsThePictureOfThePatch) {
  randomise();
  const auto text = some_text(1, 3);
  const auto low = torch::rand({1, 3, 24, 24}), noisy = torch::randn({1, 3, 48, 48});
  const auto run = [&](const Tensor& z, const Tensor& given) {
    return network_(z, torch::full({1}, 0.5),
                    LowResolution{.pixels = given, .augmentation = torch::zeros({1})}, text);
  };
  const auto whole = run(noisy, low);
  const auto patch =
      run(noisy.narrow(2, 0, 32).narrow(3, 0, 32), low.narrow(2, 0, 16).narrow(3, 0, 16));
  // Six 3x3 convolutions and the bicubic kernel reach 8 low-resolution pixels.
  const auto inside = [](const Tensor& x) { return x.narrow(2, 0, 16).narrow(3, 0, 16); };
  EXPECT_TRUE(torch::allclose(inside(whole), inside(patch), 1e-4, 1e-4));
}

TEST_F(SuperResolutionTest, EveryParameterLearns) {
  randomise();
  predict({}).square().sum().backward();
  for (const auto& named : network_->named_parameters()) {
    ASSERT_TRUE(named.value().grad().defined()) << named.key();
    EXPECT_GT(named.value().grad().abs().max().item<double>(), 0) << named.key();
  }
}

TEST(PixelBlock, ANewOneIsTheIdentity) {
  PixelBlock block(4, 3);
  const auto x = torch::randn({2, 4, 5, 6});
  EXPECT_TRUE(torch::equal(block(x, torch::randn({2, 3})), x));
}

TEST(Enlarged, KeepsAPlainPictureAndNearlyARamp) {
  EXPECT_TRUE(torch::allclose(enlarged(torch::full({1, 3, 4, 5}, 0.3), 4),
                              torch::full({1, 3, 16, 20}, 0.3), 1e-5, 1e-6));
  const auto ramp = torch::arange(8, torch::kFloat).view({1, 1, 1, 8}).expand({1, 3, 8, 8});
  const auto expected = (torch::arange(16, torch::kFloat) + 0.5) / 2 - 0.5;
  EXPECT_TRUE(torch::allclose(enlarged(ramp, 2)[0][0][8].narrow(0, 4, 8), expected.narrow(0, 4, 8),
                              0, 0.1));
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
  EXPECT_THAT(message({.noise = NAN}), testing::HasSubstr("model.noise: expected 0.001 .. 1"));
  EXPECT_THAT(message({.detail = 0}), testing::HasSubstr("model.detail: expected 0.001 .. 1"));
}

}  // namespace
}  // namespace imagine::denoiser
