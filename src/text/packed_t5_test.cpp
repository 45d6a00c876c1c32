#include "text/packed_t5.h"

#include <functional>
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "core/check.h"
#include "nn/every_target.h"

namespace imagine::text {
namespace {

/// Rows of 20, heads of 5 and an inner width of 52 numbers, which no vector register divides.
T5 filled(bool gated) {
  torch::manual_seed(3);
  T5 network(T5Config{.vocab_size = 30,
                      .d_model = 20,
                      .d_kv = 5,
                      .d_ff = 52,
                      .num_layers = 2,
                      .num_heads = 4,
                      .gated = gated});
  const torch::NoGradGuard no_grad;
  for (auto& item : network->named_parameters()) {
    const auto shape = item.value().sizes();
    const bool is_gain = item.key().find("norm") != std::string::npos;
    item.value().set_data(is_gain ? 1 + 0.2 * torch::randn(shape) : torch::randn(shape) * 0.3);
  }
  return network;
}

class PackedT5Test : public testing::TestWithParam<bool> {
 protected:
  /// How far the packed network's states are from the network's, over their size.
  double error(const nn::Arithmetic& arithmetic, const std::function<void(T5&)>& change = {}) {
    auto network = filled(GetParam());
    if (change) change(network);
    const auto ids = torch::tensor({{5, 6, 1, 0, 0}, {9, 2, 17, 4, 1}}), mask = ids != 0;
    const auto wanted = network(ids, mask, torch::kFloat);
    const PackedT5 packed(network, arithmetic);
    const auto made = packed.forward({.ids = ids, .mask = mask});
    EXPECT_TRUE(torch::equal(made, packed.forward({.ids = ids, .mask = mask})));
    return ((made - wanted).norm() / wanted.norm()).item<double>();
  }

  const torch::NoGradGuard no_grad_;
};

TEST_P(PackedT5Test, ReadsAsTheNetwork) {
  nn::with_every_target([&] {
    EXPECT_LT(error({torch::kFloat}), 1e-6);
    EXPECT_LT(error({torch::kBFloat16}), 0.02);
  });
}

TEST_P(PackedT5Test, InBytesIsNearIt) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  nn::with_every_target([&] {
    EXPECT_LT(error({torch::kFloat, /*bytes=*/true}), 0.05);
    EXPECT_LT(error({torch::kBFloat16, /*bytes=*/true}), 0.05);
  });
}

/// One inner number a thousand times as large as all others, which nothing reads: in bytes of its
/// size the others would be lost.
TEST_P(PackedT5Test, InBytesLosesNothingBesideALargeInnerNumber) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  const auto swell = [](T5& network) {
    for (auto& block : *network->blocks) {
      (block->wi_1 ? block->wi_1 : block->wi)->weight[7] *= 1000;
      block->wo->weight.select(1, 7).zero_();
    }
  };
  EXPECT_LT(error({torch::kFloat, /*bytes=*/true}, swell), 0.05);
}

TEST_P(PackedT5Test, BlockByBlockItIsTheSameToTheBit) {
  const auto ids = torch::tensor({{5, 6, 1}, {7, 1, 0}});
  const auto mask = ids != 0;
  for (const bool bytes : {false, nn::can_multiply_bytes()}) {
    const nn::Arithmetic arithmetic{.dtype = torch::kBFloat16, .bytes = bytes};
    const auto wanted =
        PackedT5(filled(GetParam()), arithmetic).forward({.ids = ids, .mask = mask});
    const auto made = read_packing(filled(GetParam()), arithmetic, {.ids = ids, .mask = mask});
    EXPECT_TRUE(torch::equal(made, wanted));
  }
}

TEST_P(PackedT5Test, StopsBetweenBlocks) {
  const PackedT5 packed(filled(GetParam()), {});
  const auto ids = torch::tensor({{5, 6, 1}});
  int asked = 0;
  EXPECT_THROW(packed.forward({.ids = ids, .mask = ids != 0},
                              [&] {
                                if (++asked == 2) throw Interrupted("enough");
                              }),
               Interrupted);
  EXPECT_EQ(asked, 2);
}

INSTANTIATE_TEST_SUITE_P(Gated, PackedT5Test, testing::Bool());

}  // namespace
}  // namespace imagine::text
