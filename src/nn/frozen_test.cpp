#include "nn/frozen.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::nn {
namespace {

using torch::Tensor;

/// Fills a layer with random numbers, stored as `dtype`.
template <class Layer>
Layer filled(Layer layer, torch::Dtype dtype = torch::kFloat) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : layer->parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()).to(dtype));
  }
  return layer;
}

TEST(Frozen, ALayerIsBornWithoutMemory) {
  FrozenLinear layer(1 << 20, 1 << 20);
  EXPECT_EQ(layer->weight.sizes(), torch::IntArrayRef({1 << 20, 1 << 20}));
  EXPECT_LE(layer->weight.storage().nbytes(), 64);
}

TEST(Frozen, LayersComputeInTheInputsTypeWhateverIsStored) {
  const auto x = torch::randn({2, 8, 4, 4});
  const auto check = [&](auto make, const Tensor& input) {
    const auto exact = filled(make(), torch::kFloat)->forward(input);
    const auto stored = filled(make(), torch::kBFloat16)->forward(input);
    EXPECT_EQ(stored.scalar_type(), torch::kFloat);
    EXPECT_TRUE(torch::allclose(stored, exact, 0.05, 0.05));
    const auto low = filled(make(), torch::kFloat)->forward(input.to(torch::kBFloat16));
    EXPECT_EQ(low.scalar_type(), torch::kBFloat16);
  };
  check([] { return FrozenLinear(4, 6); }, x);
  check([] { return FrozenLinear(4, 6, /*biased=*/false); }, x);
  check([] { return FrozenConv2d(8, 5, 3); }, x);
  check([] { return FrozenLayerNorm(4, 1e-5); }, x);
  check([] { return FrozenRmsNorm(4, 1e-6); }, x);
  check([] { return FrozenGroupNorm(2, 8, 1e-5); }, x);
}

/// The layer with its weight as bytes.
template <class Layer>
Layer in_bytes(Layer layer) {
  const auto bytes = quantized(layer->weight);
  layer->weight.set_data(bytes.values);
  layer->weight_scale.set_data(bytes.scale);
  return layer;
}

TEST(Quantized, IsWithinHalfAStepOfEveryRow) {
  torch::manual_seed(3);
  const auto weight = torch::randn({6, 5, 3, 3}) * torch::logspace(-4, 4, 6).view({6, 1, 1, 1});
  const auto [values, scale] = quantized(weight.to(torch::kBFloat16));
  EXPECT_EQ(values.scalar_type(), torch::kChar);
  EXPECT_EQ(values.flatten(1).abs().amax(1).min().item<int>(), 127);
  const auto steps = scale.view({6, 1, 1, 1});
  const auto error = (values * steps - weight.to(torch::kBFloat16).to(torch::kFloat)).abs() / steps;
  EXPECT_LE(error.max().item<double>(), 0.5 + 1e-4);
}

TEST(Quantized, ARowOfZerosStaysOne) {
  const auto [values, scale] = quantized(torch::zeros({2, 4}));
  EXPECT_EQ(values.abs().max().item<int>(), 0);
  EXPECT_TRUE(scale.isfinite().all().item<bool>());
}

TEST(Quantized, LayersOfBytesComputeNearlyTheSame) {
  const auto check = [](auto make, const Tensor& input) {
    const Tensor exact = filled(make())->forward(input);
    const Tensor bytes = in_bytes(filled(make()))->forward(input);
    EXPECT_EQ(bytes.scalar_type(), torch::kFloat);
    EXPECT_LT(torch::norm(bytes - exact).item().toDouble(), 0.01 * exact.norm().item().toDouble());
    EXPECT_FALSE(torch::equal(bytes, exact));
  };
  torch::manual_seed(4);
  check([] { return FrozenLinear(64, 48); }, torch::randn({3, 64}));
  check([] { return FrozenConv2d(16, 12, 3); }, torch::randn({2, 16, 8, 8}));
  check([] { return FrozenEmbedding(20, 64); }, torch::arange(20).view({2, 10}));
  const auto low =
      in_bytes(filled(FrozenLinear(8, 4)))->forward(torch::randn({2, 8}, torch::kBFloat16));
  EXPECT_EQ(low.scalar_type(), torch::kBFloat16);
}

TEST(Frozen, RmsNormDividesByTheRootOfTheMeanSquare) {
  FrozenRmsNorm norm(3, 0);
  norm->weight.set_data(torch::tensor({1.F, 1.F, 2.F}));
  const auto y = norm(torch::tensor({3.F, 0.F, 4.F}));
  const double root = std::sqrt(25.0 / 3);
  EXPECT_TRUE(torch::allclose(y, torch::tensor({3 / root, 0.0, 8 / root}, torch::kFloat)));
}

TEST(Frozen, ConvolutionsKeepTheSize) {
  for (const int64_t kernel : {1, 3, 5}) {
    const auto y = filled(FrozenConv2d(2, 3, kernel))->forward(torch::randn({1, 2, 6, 7}));
    EXPECT_EQ(y.sizes(), torch::IntArrayRef({1, 3, 6, 7}));
  }
}

}  // namespace
}  // namespace imagine::nn
