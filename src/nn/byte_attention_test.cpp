#include "nn/byte_attention.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include <torch/utils.h>

#include "nn/every_target.h"

namespace imagine::nn {
namespace {

struct Shape {
  int64_t queries, keys, dim;
};

/// Widths and lengths that no register, block or tile divides beside those that all do.
const std::vector<Shape> kShapes = {{1, 1, 1},     {6, 64, 16},   {7, 65, 52},    {97, 128, 64},
                                    {13, 129, 80}, {200, 300, 4}, {96, 1100, 128}};

constexpr float kHidden = -std::numeric_limits<float>::infinity();

Tensor softmax_read(const Tensor& query, const Tensor& key, const Tensor& value,
                    const Tensor& bias = torch::zeros({1, 1, 1, 1})) {
  const auto scores = query.to(torch::kDouble).matmul(key.to(torch::kDouble).transpose(2, 3));
  const auto read = (scores / std::sqrt(double(query.size(3))) + bias).softmax(3);
  return read.matmul(value.to(torch::kDouble)).transpose(1, 2).flatten(2);
}

double error(const Tensor& made, const Tensor& wanted) {
  return ((made.to(torch::kDouble) - wanted).norm() / wanted.norm()).item<double>();
}

class ByteAttentionTest : public testing::Test {
 protected:
  ByteAttentionTest() { torch::manual_seed(6); }
  const torch::NoGradGuard no_grad_;
};

TEST_F(ByteAttentionTest, IsNearTheSoftmaxInDoubles) {
  for (const auto& [queries, keys, dim] : kShapes) {
    const auto query = torch::randn({2, 3, queries, dim}), key = torch::randn({2, 3, keys, dim});
    const auto value = torch::randn({2, 3, keys, dim});
    const auto wanted = softmax_read(query, key, value);
    with_every_target([&] {
      const auto made = attend_heads_in_bytes(query, key, value);
      EXPECT_EQ(made.sizes(), wanted.sizes());
      EXPECT_LT(error(made, wanted), 0.02) << keys << " keys of " << dim;
      const auto half = attend_heads_in_bytes(query.to(torch::kBFloat16), key.to(torch::kBFloat16),
                                              value.to(torch::kBFloat16));
      EXPECT_EQ(half.scalar_type(), torch::kBFloat16);
      EXPECT_LT(error(half, wanted), 0.025) << keys << " keys of " << dim << " in bf16";
    });
  }
}

TEST_F(ByteAttentionTest, AddsBiasesToTheScores) {
  for (const auto& [queries, keys, dim] : kShapes) {
    const auto query = torch::randn({2, 3, queries, dim}), key = torch::randn({2, 3, keys, dim});
    const auto value = torch::randn({2, 3, keys, dim});
    const std::vector<std::vector<int64_t>> shapes = {
        {1, 1, queries, keys}, {2, 1, queries, keys}, {2, 1, 1, keys}};
    for (const auto& shape : shapes) {
      auto hidden = torch::rand(shape) < 0.3;
      hidden.select(3, keys - 1).fill_(false);
      const auto bias = (2 * torch::randn(shape)).masked_fill(hidden, kHidden);
      const auto wanted = softmax_read(query, key, value, bias);
      with_every_target([&] {
        const auto made = attend_heads_in_bytes(query, key, value, bias);
        EXPECT_LT(error(made, wanted), 0.02) << keys << " keys of " << dim << ", " << bias.sizes();
        const auto half = attend_heads_in_bytes(
            query.to(torch::kBFloat16), key.to(torch::kBFloat16), value.to(torch::kBFloat16), bias);
        EXPECT_LT(error(half, wanted), 0.025) << keys << " keys of " << dim << " in bf16";
      });
    }
  }
}

TEST_F(ByteAttentionTest, HiddenKeysHaveNoInfluence) {
  constexpr int64_t kKeys = 300;
  const auto query = torch::randn({1, 2, 20, 16}), key = torch::randn({1, 2, kKeys, 16});
  const auto value = torch::randn({1, 2, kKeys, 16});
  // More keys than have one scale in the front, all that have the last one, and some between.
  auto hidden = torch::rand({1, 1, 20, kKeys}) < 0.3;
  hidden.narrow(2, 0, 10).narrow(3, 0, 140).fill_(true);
  hidden.narrow(2, 5, 10).narrow(3, 240, 60).fill_(true);
  with_every_target([&] {
    for (const float low : {kHidden, std::numeric_limits<float>::lowest(), -1e9F}) {
      const auto bias = torch::randn(hidden.sizes()).masked_fill(hidden, low);
      const auto read = [&](const Tensor& values, const Tensor& with) {
        return attend_heads_in_bytes(query, key, values, with)[0];
      };
      const auto made = read(value, bias), open = read(value, {});
      EXPECT_LT(error(made, softmax_read(query, key, value, bias)[0]), 0.02) << low;
      for (const int64_t row : {0, 7, 12, 19}) {
        // Other signs leave the steps of the values as they are.
        const auto changed = torch::where(hidden[0][0][row].unsqueeze(1), -value, value);
        EXPECT_TRUE(read(changed, bias)[row].equal(made[row])) << "row " << row << " with " << low;
        EXPECT_FALSE(read(changed, {})[row].equal(open[row]));
      }
    }
  });
}

TEST_F(ByteAttentionTest, AQueryThatSeesNoKeyReadsNoNumber) {
  const auto query = torch::randn({1, 1, 9, 20}), key = torch::randn({1, 1, 150, 20});
  const auto value = torch::randn({1, 1, 150, 20});
  auto bias = torch::zeros({1, 1, 9, 150});
  bias[0][0][4].fill_(kHidden);
  with_every_target([&] {
    const auto made = attend_heads_in_bytes(query, key, value, bias)[0];
    EXPECT_TRUE(made[4].isnan().all().item<bool>());
    EXPECT_TRUE(made[3].isfinite().all().item<bool>());
    EXPECT_TRUE(made[5].isfinite().all().item<bool>());
  });
}

TEST_F(ByteAttentionTest, WhatAllKeysShareIsNotSeen) {
  const auto query = torch::randn({1, 2, 50, 64}), key = torch::randn({1, 2, 200, 64});
  const auto value = torch::randn({1, 2, 200, 64});
  const auto wanted = softmax_read(query, key, value);
  EXPECT_LT(error(attend_heads_in_bytes(query, key + 40, value), wanted), 0.02);
}

TEST_F(ByteAttentionTest, ManyFaintKeysAreReadBesideOneLoudOne) {
  // Each of the faint ones has less than half of the last byte of the loud one's share; together
  // they have more than it.
  constexpr int64_t kKeys = 1024;
  auto key = torch::zeros({1, 1, kKeys, 16});
  key[0][0][5][0] = 4 * std::log(700.0);  // times 1 / sqrt(16)
  const auto query = torch::zeros({1, 1, 6, 16});
  query.select(3, 0).fill_(1);
  auto value = torch::ones({1, 1, kKeys, 16});
  value[0][0][5].fill_(-1);
  const auto made = attend_heads_in_bytes(query, key, value);
  const auto wanted = softmax_read(query, key, value);  // (1023 - 700) / 1723
  EXPECT_NEAR(made[0][0][0].item<double>(), wanted[0][0][0].item<double>(), 0.08);
}

TEST_F(ByteAttentionTest, OneLoudKeyIsAllThatIsRead) {
  const auto query = torch::ones({1, 1, 9, 8});
  auto key = torch::randn({1, 1, 333, 8});
  key[0][0][300].fill_(30);
  const auto value = torch::randn({1, 1, 333, 8});
  const auto steps = value[0][0].abs().amax(0) / 127;
  const auto made = attend_heads_in_bytes(query, key, value);
  for (int64_t row = 0; row < 9; ++row) {
    EXPECT_TRUE(((made[0][row] - value[0][0][300]).abs() <= steps * 0.51).all().item<bool>());
  }
}

TEST_F(ByteAttentionTest, WhatIsNotANumberStaysNone) {
  const auto none = std::numeric_limits<float>::quiet_NaN();
  const auto at = [](const Tensor& x, int64_t row, float value) {
    auto changed = x.clone();
    changed[0][0][row][3] = value;
    return changed;
  };
  const auto query = torch::randn({1, 1, 10, 20}), key = torch::randn({1, 1, 70, 20});
  const auto value = torch::randn({1, 1, 70, 20});
  with_every_target([&] {
    for (const auto number : {none, std::numeric_limits<float>::infinity()}) {
      const auto of_query = attend_heads_in_bytes(at(query, 4, number), key, value);
      EXPECT_TRUE(of_query[0][4].isnan().all().item<bool>());
      EXPECT_TRUE(of_query[0][3].isfinite().all().item<bool>());
      EXPECT_TRUE(
          attend_heads_in_bytes(query, at(key, 69, number), value).isnan().all().item<bool>());
      const auto of_value = attend_heads_in_bytes(query, key, at(value, 0, number))[0];
      EXPECT_TRUE(of_value.select(1, 3).isfinite().logical_not().all().item<bool>());
      EXPECT_TRUE(of_value.select(1, 2).isfinite().all().item<bool>());
    }
  });
}

}  // namespace
}  // namespace imagine::nn
