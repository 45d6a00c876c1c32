#include "nn/token_gradients.h"

#include <gtest/gtest.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/utils.h>

#include "nn/every_target.h"

namespace imagine::nn {
namespace {

constexpr int64_t kRank = 3;

/// In fp32 and in bf16, beside LibTorch's own operations in fp32 on the same numbers.
class TokenGradientsTest : public testing::TestWithParam<torch::Dtype> {
 protected:
  TokenGradientsTest() { torch::manual_seed(11); }

  static Tensor leaf(torch::IntArrayRef shape, torch::Dtype dtype = GetParam()) {
    return torch::randn(shape).to(dtype).requires_grad_();
  }

  static FrozenLinear layer(int64_t in, int64_t out) {
    FrozenLinear made(in, out);
    made->weight.set_data((torch::randn({out, in}) * 0.2).to(GetParam()));
    made->bias.set_data(torch::randn({out}).to(GetParam()));
    made->change = {.down = leaf({kRank, in}), .up = leaf({out, kRank})};
    return made;
  }

  static FrozenRmsNorm norm(int64_t width) {
    FrozenRmsNorm made(width, 1e-6);
    made->weight.set_data((torch::rand({width}) + 0.5).to(GetParam()));
    return made;
  }

  static Tensor plain(const Tensor& x) { return x.to(torch::kFloat); }

  /// The layer as LibTorch's own operations have it. x float
  static Tensor plainly(FrozenLinear& layer, const Tensor& x) {
    const auto& [down, up] = *layer->change;
    return torch::linear(x, plain(layer->weight), plain(layer->bias)) +
           x.matmul(plain(down).t()).matmul(plain(up).t());
  }

  /// Values and gradients of all leaves agree.
  static void expect_same(const Tensor& ours, const Tensor& expected,
                          const std::vector<Tensor>& leaves) {
    ASSERT_EQ(ours.sizes(), expected.sizes());
    ASSERT_EQ(ours.scalar_type(), GetParam());
    const double bound = GetParam() == torch::kFloat ? 1e-5 : 0.007;  // bf16: a step is 0.0078
    const auto error = [](const Tensor& a, const Tensor& b) {
      return ((plain(a) - plain(b)).norm() / plain(b).norm()).item<double>();
    };
    EXPECT_LT(error(ours, expected), bound);
    const auto weights = torch::randn_like(expected).to(GetParam());
    const auto grads = [&](const Tensor& y) {
      return torch::autograd::grad({y}, leaves, {weights.to(y.scalar_type())});
    };
    const auto own = grads(ours), plain_ones = grads(expected);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_LT(error(own[i], plain_ones[i]), 2 * bound) << "leaf " << i;
    }
  }
};

TEST_P(TokenGradientsTest, LayersOfANorm) {
  auto one = layer(21, 34), two = layer(21, 8);
  auto before = norm(21);
  const auto x = leaf({2, 5, 21}, torch::kFloat);
  with_every_target([&] {
    const auto ours = linears_of_norm({one.get(), two.get()}, *before, x, GetParam());
    const auto rows = before(x);
    expect_same(torch::cat(ours, 2), torch::cat({plainly(one, rows), plainly(two, rows)}, 2),
                {x, one->change->down, one->change->up, two->change->down, two->change->up});
  });
}

TEST_P(TokenGradientsTest, ALayerOfAGate) {
  auto of = layer(19, 6);
  const auto gate = leaf({3, 4, 19}), value = leaf({3, 4, 19});
  with_every_target([&] {
    expect_same(linear_of_gate(*of, gate, value),
                plainly(of, torch::silu(plain(gate)) * plain(value)),
                {gate, value, of->change->down, of->change->up});
  });
}

TEST_P(TokenGradientsTest, ALayerAlone) {
  auto of = layer(16, 6);
  const auto x = leaf({3, 4, 16});
  expect_same(linear_of(*of, x), plainly(of, plain(x)), {x, of->change->down, of->change->up});
}

TEST_P(TokenGradientsTest, WeightsCountAsTheyAreStored) {
  auto of = layer(16, 6);
  for (const auto stored : {torch::kFloat, torch::kBFloat16}) {
    of->weight.set_data(of->weight.to(stored));
    const auto x = leaf({3, 4, 16});
    expect_same(linear_of(*of, x), plainly(of, plain(x)), {x, of->change->down, of->change->up});
  }
}

/// x [B, N, heads, dim], turned by the angles.
Tensor turned(const Tensor& x, const Tensor& cosine, const Tensor& sine) {
  const auto halves = x.chunk(2, -1);
  const auto c = cosine.unsqueeze(1), s = sine.unsqueeze(1);
  return torch::cat({halves[0] * c - halves[1] * s, halves[0] * s + halves[1] * c}, -1);
}

TEST_P(TokenGradientsTest, AttentionOverTwoKinds) {
  constexpr int64_t heads = 3, batch = 2, first = 5, second = 9;
  for (const int64_t dim : {16, 52}) {
    auto query_norm = norm(dim), key_norm = norm(dim);
    const auto tokens = [&](int64_t rows) {
      const auto angles = torch::randn({rows, dim / 2});
      return PlacedTokens{leaf({batch, rows, 3 * heads * dim}), angles.cos(), angles.sin()};
    };
    const auto one = tokens(first), two = tokens(second);
    for (const bool asks : {true, false}) {
      const auto part = [&](int64_t index) {
        std::vector<Tensor> rows;
        for (const auto* kind : {&one, &two}) {
          auto x = plain(kind->qkv).unflatten(2, {3, heads, dim}).select(2, index);
          if (index == 0) x = turned(query_norm(x), kind->cosine, kind->sine);
          if (index == 1) x = turned(key_norm(x), kind->cosine, kind->sine);
          if (index > 0 || kind == &two || asks) rows.push_back(x);
        }
        return torch::cat(rows, 1).transpose(1, 2);  // [B, heads, rows, dim]
      };
      const auto scores = part(0).matmul(part(1).transpose(2, 3)) / std::sqrt(double(dim));
      const auto expected = scores.softmax(-1).matmul(part(2)).transpose(1, 2).flatten(2);
      const auto ours = attend_placed({.first = one,
                                       .second = two,
                                       .query_norm = *query_norm,
                                       .key_norm = *key_norm,
                                       .heads = heads,
                                       .first_asks = asks});
      expect_same(ours, expected, {one.qkv, two.qkv});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Numbers, TokenGradientsTest,
                         testing::Values(torch::kFloat, torch::kBFloat16));

}  // namespace
}  // namespace imagine::nn
