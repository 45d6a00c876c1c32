#include "nn/frozen.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "io/temporary_folder.h"
#include "nn/every_target.h"
#include "nn/packed.h"
#include "nn/tensor_file.h"
#include "tensor/cores.h"

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

TEST(Quantized, IsTheSameWithEveryInstructionSet) {
  torch::manual_seed(5);
  for (const auto dtype : {torch::kFloat, torch::kBFloat16, torch::kHalf}) {
    const auto weight = torch::randn({9, 37}).to(dtype), rows = weight.to(torch::kFloat);
    const auto steps = rows.abs().amax(1) / 127;
    const auto wanted = (rows / steps.unsqueeze(1)).round().to(torch::kChar);
    with_every_target([&] {
      const auto [values, scale] = quantized(weight);
      EXPECT_TRUE(torch::equal(scale, steps)) << dtype;
      EXPECT_TRUE(torch::equal(values, wanted)) << dtype;
    });
  }
}

TEST(Quantized, WhatIsNotFiniteIsNotHidden) {
  for (const double broken : {double(NAN), double(INFINITY)}) {
    for (const int64_t place : {3, 36}) {  // in a whole vector, and behind them
      auto weight = torch::ones({2, 37});
      weight[1][place] = broken;
      const auto scale = quantized(weight).scale;
      EXPECT_TRUE(std::isfinite(scale[0].item<double>()));
      EXPECT_FALSE(std::isfinite(scale[1].item<double>())) << broken << " at " << place;
    }
  }
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

class PackedTest : public testing::TestWithParam<std::pair<torch::Dtype, torch::Dtype>> {
 protected:
  PackedTest() { torch::manual_seed(4); }

  /// The layer's results with its weight as it is, and packed, must be the same.
  template <class Layer, class Compute>
  void expect_same_when_packed(Layer& layer, const Compute& compute) {
    torch::NoGradGuard no_grad;
    const auto [stored, computed] = GetParam();
    layer->weight.set_data(torch::randn(layer->weight.sizes()).to(stored));
    layer->bias.set_data(torch::randn(layer->bias.sizes()).to(stored));
    const auto plain = compute(computed);
    const bool packs = can_pack(layer->weight, computed);
    pack(*layer);
    for (int use = 0; use < 2; ++use) {
      const auto packed = compute(computed);
      EXPECT_EQ(layer->packed.values.defined(), packs);
      EXPECT_EQ(packed.scalar_type(), computed);
      const double bound = computed == torch::kFloat ? 1e-4 : 0.05;
      EXPECT_TRUE(torch::allclose(packed.to(torch::kFloat), plain.to(torch::kFloat), bound, bound));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Types, PackedTest,
                         testing::Values(std::pair(torch::kFloat, torch::kFloat),
                                         std::pair(torch::kBFloat16, torch::kBFloat16),
                                         std::pair(torch::kHalf, torch::kFloat)));

TEST_P(PackedTest, ConvolutionsStayTheSameAtEverySize) {
  for (const int64_t kernel : {1, 3, 7}) {
    for (const int64_t side : {9, 12}) {
      FrozenConv2d layer(5, 6, kernel);
      const auto x = torch::randn({2, 5, side, side + 1}),
                 other = torch::randn({2, 6, side, side + 1});
      expect_same_when_packed(layer, [&](torch::Dtype dtype) { return layer(x.to(dtype)); });
      const auto sum = layer->forward_plus(x.to(GetParam().second), other.to(GetParam().second));
      const auto apart = layer(x.to(GetParam().second)) + other.to(GetParam().second);
      EXPECT_TRUE(torch::allclose(sum.to(torch::kFloat), apart.to(torch::kFloat), 0.05, 0.05));
    }
  }
}

TEST_P(PackedTest, LinearLayersStayTheSame) {
  FrozenLinear layer(70, 33);
  const auto x = torch::randn({2, 9, 70});
  expect_same_when_packed(layer, [&](torch::Dtype dtype) { return layer(x.to(dtype)); });
}

TEST_P(PackedTest, ThreadsMayMeetAtALayerThatIsNotPackedYet) {
  FrozenConv2d layer(8, 8, 3);
  const auto x = torch::randn({4, 8, 12, 12});
  expect_same_when_packed(layer, [&](torch::Dtype dtype) {
    std::vector<Tensor> rows(4);
    tensor::Cores().run(4, 1, [&](int64_t i) {
      const auto row = x.narrow(0, i, 1).to(dtype);
      rows[std::size_t(i)] = layer->forward_plus(row, row);
    });
    return torch::cat(rows);
  });
}

TEST(Packed, GivesTheMemoryOfTheWeightBack) {
  torch::NoGradGuard no_grad;
  FrozenConv2d layer(4, 4, 3);
  layer->weight.set_data(torch::ones({4, 4, 3, 3}));
  layer->bias.set_data(torch::ones({4}));
  pack(*layer);
  layer(torch::ones({1, 4, 5, 5}));
  EXPECT_EQ(layer->weight.storage().nbytes(), sizeof(float));
  EXPECT_EQ(layer->weight.sizes(), (std::vector<int64_t>{4, 4, 3, 3}));
}

/// Pages of files that this process has in memory.
int64_t mapped_pages() {
  int64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return shared;
}

TEST(Packed, LeavesThePagesOfAMappedFileToTheSystem) {
  torch::NoGradGuard no_grad;
  const io::TemporaryFolder folder;
  const auto bias = torch::zeros({1024}), weight = torch::randn({1024, 4096, 1, 1});  // 16 MiB
  save_tensors({{"weight", weight}}, folder / "w.safetensors");
  const io::SafetensorsFile file(folder / "w.safetensors");
  FrozenConv2d layer(4096, 1024, 1);
  layer->weight.set_data(tensor_of(file, "weight"));
  layer->bias.set_data(bias);
  const auto x = torch::randn({1, 4096, 2, 2});
  const auto plain = layer(x);
  const auto before = mapped_pages();
  pack(*layer, /*mapped=*/true);
  EXPECT_TRUE(torch::allclose(layer(x), plain, 1e-4, 1e-3));
  EXPECT_LT(mapped_pages(), before - 12 * 256);  // 12 MiB in pages of 4 KiB
  EXPECT_TRUE(torch::equal(tensor_of(file, "weight"), weight));
}

TEST(FrozenGroupNorm, TakesAScaleAShiftAndAnActivation) {
  torch::manual_seed(4);
  torch::NoGradGuard no_grad;
  FrozenGroupNorm norm(2, 6, 1e-3);
  norm->weight.set_data(torch::randn({6}));
  norm->bias.set_data(torch::randn({6}));
  const auto x = torch::randn({3, 6, 5, 4}), scale = torch::randn({3, 6}),
             shift = torch::randn({3, 6});
  const auto wide = [](const torch::Tensor& t) { return t.unsqueeze(2).unsqueeze(3); };
  EXPECT_TRUE(torch::allclose(norm->activated(x, Activation::none), norm(x), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(norm->activated(x, Activation::gelu, scale, shift),
                              torch::gelu(norm(x) * wide(scale) + wide(shift)), 1e-4, 1e-5));
}

}  // namespace
}  // namespace imagine::nn
