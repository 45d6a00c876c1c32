#include "nn/token_gradients.h"

#include <gtest/gtest.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/utils.h>

#include "nn/every_target.h"

namespace imagine::nn {
namespace {

constexpr int64_t kRank = 3;

class TokenGradientsTest : public testing::Test {
 protected:
  TokenGradientsTest() { torch::manual_seed(11); }

  static FrozenLinear layer(int64_t in, int64_t out) {
    FrozenLinear made(in, out);
    made->weight.set_data(torch::randn({out, in}) * 0.2);
    made->bias.set_data(torch::randn({out}));
    made->change = {.down = torch::randn({kRank, in}).requires_grad_(),
                    .up = torch::randn({out, kRank}).requires_grad_()};
    return made;
  }

  static FrozenRmsNorm norm(int64_t width) {
    FrozenRmsNorm made(width, 1e-6);
    made->weight.set_data(torch::rand({width}) + 0.5);
    return made;
  }

  static Tensor leaf(torch::IntArrayRef shape) { return torch::randn(shape).requires_grad_(); }

  /// The layer as LibTorch's own operations have it.
  static Tensor plainly(FrozenLinear& layer, const Tensor& x) {
    const auto& [down, up] = *layer->change;
    return torch::linear(x, layer->weight, layer->bias) + x.matmul(down.t()).matmul(up.t());
  }

  /// Values and gradients of all leaves agree.
  static void expect_same(const Tensor& ours, const Tensor& plain,
                          const std::vector<Tensor>& leaves) {
    ASSERT_EQ(ours.sizes(), plain.sizes());
    const auto error = [](const Tensor& a, const Tensor& b) {
      return ((a - b).norm() / b.norm()).item<double>();
    };
    EXPECT_LT(error(ours, plain), 1e-5);
    const auto weights = torch::randn_like(plain);
    const auto grads = [&](const Tensor& y) {
      return torch::autograd::grad({(y * weights).sum()}, leaves);
    };
    const auto own = grads(ours), expected = grads(plain);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_LT(error(own[i], expected[i]), 2e-5) << "leaf " << i;
    }
  }
};

TEST_F(TokenGradientsTest, LayersOfANorm) {
  auto one = layer(21, 34), two = layer(21, 8);
  auto before = norm(21);
  const auto x = leaf({2, 5, 21});
  with_every_target([&] {
    const auto ours = linears_of_norm({one.get(), two.get()}, *before, x, torch::kFloat);
    const auto rows = before(x);
    expect_same(torch::cat(ours, 2), torch::cat({plainly(one, rows), plainly(two, rows)}, 2),
                {x, one->change->down, one->change->up, two->change->down, two->change->up});
  });
}

TEST_F(TokenGradientsTest, ALayerOfAGate) {
  auto of = layer(19, 6);
  const auto gate = leaf({3, 4, 19}), value = leaf({3, 4, 19});
  expect_same(linear_of_gate(*of, gate, value), plainly(of, torch::silu(gate) * value),
              {gate, value, of->change->down, of->change->up});
}

TEST_F(TokenGradientsTest, ALayerAlone) {
  auto of = layer(16, 6);
  const auto x = leaf({3, 4, 16});
  expect_same(linear_of(*of, x), plainly(of, x), {x, of->change->down, of->change->up});
}

TEST_F(TokenGradientsTest, WeightsOfHalfTheBytesCountAsTheyAre) {
  auto of = layer(16, 6);
  of->weight.set_data(of->weight.to(torch::kBFloat16));
  const auto x = leaf({3, 4, 16});
  const auto ours = linear_of(*of, x);
  of->weight.set_data(of->weight.to(torch::kFloat));
  expect_same(ours, plainly(of, x), {x, of->change->down, of->change->up});
}

/// x [B, N, heads, dim], turned by the angles.
Tensor turned(const Tensor& x, const Tensor& cosine, const Tensor& sine) {
  const auto halves = x.chunk(2, -1);
  const auto c = cosine.unsqueeze(1), s = sine.unsqueeze(1);
  return torch::cat({halves[0] * c - halves[1] * s, halves[0] * s + halves[1] * c}, -1);
}

TEST_F(TokenGradientsTest, AttentionOverTwoKinds) {
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
          auto x = kind->qkv.unflatten(2, {3, heads, dim}).select(2, index);
          if (index == 0) x = turned(query_norm(x), kind->cosine, kind->sine);
          if (index == 1) x = turned(key_norm(x), kind->cosine, kind->sine);
          if (index > 0 || kind == &two || asks) rows.push_back(x);
        }
        return torch::cat(rows, 1).transpose(1, 2);  // [B, heads, rows, dim]
      };
      const auto scores = part(0).matmul(part(1).transpose(2, 3)) / std::sqrt(double(dim));
      const auto plain = scores.softmax(-1).matmul(part(2)).transpose(1, 2).flatten(2);
      const auto ours = attend_placed({.first = one,
                                       .second = two,
                                       .query_norm = *query_norm,
                                       .key_norm = *key_norm,
                                       .heads = heads,
                                       .first_asks = asks});
      expect_same(ours, plain, {one.qkv, two.qkv});
    }
  }
}

}  // namespace
}  // namespace imagine::nn
