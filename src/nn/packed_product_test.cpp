#include "nn/packed_product.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "nn/every_target.h"

namespace imagine::nn {
namespace {

FrozenLinear filled(int64_t in, int64_t out) {
  FrozenLinear layer(in, out);
  layer->weight.set_data(torch::randn({out, in}));
  layer->bias.set_data(torch::randn({out}));
  return layer;
}

class PackedLinearTest : public testing::TestWithParam<bool> {
 protected:
  PackedLinearTest() { torch::manual_seed(3); }

  /// Whether weights are said to lie in a mapped file, as those of a network that draws are. After
  /// low-rank changes they do not: that memory must not go before it was read.
  void prepare(FrozenLinear& layer) const {
    if (GetParam()) pack(*layer, /*mapped=*/true);
  }

  const torch::NoGradGuard no_grad_;
};

TEST_P(PackedLinearTest, IsTheLayersOneAfterTheOther) {
  auto first = filled(256, 64), second = filled(256, 128);
  const auto rows = torch::randn({5, 256});
  const auto wanted =
      torch::cat({torch::linear(rows, first->weight), torch::linear(rows, second->weight)}, 1);
  const auto bias = torch::cat({first->bias, second->bias});
  prepare(first), prepare(second);
  const PackedLinear packed({first, second}, {});
  EXPECT_LT((packed({.values = rows}).values - wanted).abs().max().item<double>(), 1e-4);
  EXPECT_TRUE(torch::equal(packed.bias(), bias));
}

TEST_P(PackedLinearTest, OfOneLayerInItsOwnTypeIsThatLayer) {
  auto layer = filled(256, 256);
  const auto rows = torch::randn({5, 256}), wanted = torch::linear(rows, layer->weight);
  prepare(layer);
  const PackedLinear packed({layer}, {});
  EXPECT_LT((packed({.values = rows}).values - wanted).abs().max().item<double>(), 1e-4);
}

TEST_P(PackedLinearTest, OfBytesIsNearIt) {
  if (!can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  auto layer = filled(256, 64);
  const auto steps = torch::full({5}, 0.5F);
  const auto whole = torch::randint(-127, 128, {5, 256});
  const auto wanted = torch::linear(whole.to(torch::kFloat), layer->weight);
  prepare(layer);
  const PackedLinear packed({layer}, {.bytes = true});
  const auto made =
      packed({.values = (whole + kernels::kZeroByte).to(torch::kByte), .steps = steps});
  EXPECT_LT(((made.values - wanted).norm() / wanted.norm()).item<double>(), 0.01);
  EXPECT_TRUE(torch::equal(made.steps, steps));
}

TEST_P(PackedLinearTest, FewRowsWithBytesAsFilesHaveThemAreTheSameToTheBit) {
  if (!can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  for (const int64_t width : {256, 77}) {
    auto early = filled(width, 68), late = filled(width, 68);
    late->weight.set_data(early->weight.clone());
    prepare(early), prepare(late);
    const auto bytes = quantized(late->weight);  // as a file of bytes has it
    late->weight.set_data(bytes.values), late->weight_scale.set_data(bytes.scale);
    const PackedLinear packed({early}, {.bytes = true});
    const PackedLinear plain({late}, {.bytes = true, .few_rows = 40});
    const auto expect_same = [&](int64_t count) {
      const auto rows = torch::randint(1, 256, {count, width}).to(torch::kByte);
      const auto steps = torch::rand({count});
      const auto one = packed({.values = rows, .steps = steps}),
                 other = plain({.values = rows, .steps = steps});
      EXPECT_TRUE(torch::equal(one.values, other.values)) << count;
      EXPECT_TRUE(torch::equal(one.steps, other.steps));
    };
    with_every_target([&] {
      for (const int64_t count : {1, 5, 13, 40}) expect_same(count);
    });
    expect_same(41), expect_same(3);  // with 41 it is packed after all
  }
}

TEST_P(PackedLinearTest, TakesBytesAsTheyAre) {
  if (!can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  const auto rows = torch::randint(1, 256, {5, 256}).to(torch::kByte), steps = torch::ones({5});
  auto wide = filled(256, 64), coarse = filled(256, 64), other = filled(256, 32);
  const auto bytes = quantized(wide->weight);
  coarse->weight.set_data(bytes.values);
  coarse->weight_scale.set_data(bytes.scale);
  auto same = filled(256, 32);
  same->weight.set_data(other->weight.clone());
  prepare(wide), prepare(coarse), prepare(other), prepare(same);
  const PackedLinear wanted({wide, other}, {.bytes = true}), made({coarse, same}, {.bytes = true});
  const Factor factor{.values = rows, .steps = steps};
  EXPECT_TRUE(torch::equal(made(factor).values, wanted(factor).values));
}

INSTANTIATE_TEST_SUITE_P(Mapped, PackedLinearTest, testing::Bool());

}  // namespace
}  // namespace imagine::nn
