#include "models/imagine/upscaler.h"

#include <functional>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "models/imagine/efficient_unet.h"
#include "models/imagine/super_resolution.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

constexpr int64_t kTextWidth = 6;
constexpr UpscalerPath kPath = {.factor = 2};

std::shared_ptr<Upscaler> small() {
  return SuperResolution(
             SuperResolutionConfig{.factor = 2, .width = 8, .blocks = 2, .text_width = kTextWidth})
      .ptr();
}

std::shared_ptr<Upscaler> large() {
  return EfficientUnet(EfficientUnetConfig{.factor = 2,
                                           .width = 8,
                                           .multipliers = {1, 2},
                                           .blocks = {1, 2},
                                           .reading_levels = 2,
                                           .attention_levels = 1,
                                           .heads = 2,
                                           .text_width = kTextWidth})
      .ptr();
}

TextEmbedding some_text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, kTextWidth}),
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

struct Kind {
  const char* name;
  std::function<std::shared_ptr<Upscaler>()> make;
};

class UpscalerTest : public testing::TestWithParam<Kind> {
 protected:
  UpscalerTest() {
    torch::manual_seed(7);
    network_ = GetParam().make();
  }

  Tensor predict(const Reading& r) { return network_->forward(r.noisy, r.t, r.low, r.text); }

  /// A new network only weighs: random values everywhere make a test mean something.
  void randomise() {
    torch::NoGradGuard no_grad;
    for (auto& parameter : network_->parameters()) parameter.normal_(0, 0.3);
  }

  std::shared_ptr<Upscaler> network_;
};

TEST_P(UpscalerTest, AnUntrainedNetworkGoesFromTheEnlargementToWhatItSees) {
  Reading reading;
  reading.t = torch::tensor({0.0, 1.0}, torch::kFloat);
  const auto predicted = predict(reading);
  EXPECT_TRUE(torch::allclose(predicted[0], enlarged(reading.low.pixels, 2)[0]));
  EXPECT_TRUE(torch::allclose(predicted[1], reading.noisy[1], 1e-4, 1e-5));
}

TEST_P(UpscalerTest, AnUntrainedNetworkMakesTheBestLinearGuess) {
  const LowResolution low{.pixels = torch::rand({1, 3, 64, 64}) - 0.5,
                          .augmentation = torch::zeros({1})};
  const auto base = enlarged(low.pixels, 2);
  const auto clean = base + kPath.detail * torch::randn_like(base);
  const auto start = network_->start(low, torch::randn_like(base));
  const auto t = torch::full({1}, 0.4);
  const auto noisy = 0.4 * clean + 0.6 * start;
  const auto error_of = [&](double part) {  // of a guess that takes this part of the difference
    return (base + part * (noisy - base) - clean).square().mean().item<double>();
  };
  const double error =
      (network_->forward(noisy, t, low, some_text(1, 2)) - clean).square().mean().item<double>();
  for (const double part : {0.0, 0.5, 1.0, 1.5}) EXPECT_LT(error, error_of(part)) << part;
  const double s = kPath.detail, n = kPath.noise;
  EXPECT_NEAR(error, std::pow(0.6 * s * n, 2) / (std::pow(0.4 * s, 2) + std::pow(0.6 * n, 2)),
              0.05 * error);
}

TEST_P(UpscalerTest, StartsAtTheEnlargementWithAsMuchNoiseAsItsConfigSays) {
  const Reading reading;
  const auto noise = torch::randn({2, 3, 8, 12});
  const auto expected = enlarged(reading.low.pixels, 2) + 0.1 * noise;
  EXPECT_TRUE(torch::allclose(network_->start(reading.low, noise), expected));
}

TEST_P(UpscalerTest, ReadsEverythingThatItIsTold) {
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

TEST_P(UpscalerTest, PaddingAndNeighboursNeverChangeAPicture) {
  randomise();
  Reading reading;
  const auto both = predict(reading);
  const auto longer = some_text(1, 9);
  reading.text = tensor::joined({&reading.text, &longer});
  reading.text = {.states = reading.text.states.narrow(0, 0, 1),
                  .mask = reading.text.mask.narrow(0, 0, 1)};
  const auto row = [](const Tensor& x) { return x.narrow(0, 0, 1); };
  const LowResolution low{.pixels = row(reading.low.pixels),
                          .augmentation = row(reading.low.augmentation)};
  const auto alone = network_->forward(row(reading.noisy), row(reading.t), low, reading.text);
  EXPECT_TRUE(torch::allclose(alone, row(both), 1e-4, 1e-4));
}

TEST_P(UpscalerTest, EveryParameterLearns) {
  randomise();
  predict({}).square().sum().backward();
  for (const auto& named : network_->named_parameters()) {
    ASSERT_TRUE(named.value().grad().defined()) << named.key();
    EXPECT_GT(named.value().grad().abs().max().item<double>(), 0) << named.key();
  }
}

TEST_P(UpscalerTest, ComputesInTheTypeOfItsWeights) {
  randomise();
  const Reading reading;
  const auto expected = predict(reading);
  network_->to(torch::kBFloat16);
  const auto predicted = predict(reading);
  EXPECT_EQ(predicted.scalar_type(), torch::kFloat);
  const auto error = (predicted - expected).square().mean() / expected.square().mean();
  EXPECT_LT(error.item<double>(), 0.02);
}

INSTANTIATE_TEST_SUITE_P(Networks, UpscalerTest,
                         testing::Values(Kind{"small", small}, Kind{"large", large}),
                         [](const auto& info) { return info.param.name; });

TEST(Enlarged, KeepsAPlainPictureAndNearlyARamp) {
  EXPECT_TRUE(torch::allclose(enlarged(torch::full({1, 3, 4, 5}, 0.3), 4),
                              torch::full({1, 3, 16, 20}, 0.3), 1e-5, 1e-6));
  const auto ramp = torch::arange(8, torch::kFloat).view({1, 1, 1, 8}).expand({1, 3, 8, 8});
  const auto expected = (torch::arange(16, torch::kFloat) + 0.5) / 2 - 0.5;
  EXPECT_TRUE(torch::allclose(enlarged(ramp, 2)[0][0][8].narrow(0, 4, 8), expected.narrow(0, 4, 8),
                              0, 0.1));
}

TEST(UpscalerPath, NamesTheFieldThatIsWrong) {
  const auto expect_refusal = [](const UpscalerPath& path, const char* what) {
    EXPECT_THAT([&] { validate(path); },
                testing::ThrowsMessage<ConfigError>(testing::HasSubstr(what)));
  };
  EXPECT_NO_THROW(validate(kPath));
  expect_refusal({.factor = 17}, "model.factor: expected 1 .. 16");
  expect_refusal({.noise = NAN}, "model.noise: expected 0.001 .. 1");
  expect_refusal({.detail = 0}, "model.detail: expected 0.001 .. 1");
}

}  // namespace
}  // namespace imagine::models
