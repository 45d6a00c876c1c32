#include "nn/attention.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include <torch/csrc/autograd/autograd.h>
#include <torch/utils.h>

#include "nn/every_target.h"
#include "nn/same_gradients.h"

namespace imagine::nn {
namespace {

constexpr int64_t kHeads = 2, kChannels = 6;

class AttentionTest : public testing::Test {
 protected:
  AttentionTest() { torch::manual_seed(1); }

  /// Softmax over the scores of each head, written out.
  static Tensor reference(const Tensor& query, const Tensor& key, const Tensor& value) {
    std::vector<Tensor> heads;
    const auto width = kChannels / kHeads;
    for (int64_t head = 0; head < kHeads; ++head) {
      const auto part = [&](const Tensor& x) { return x.narrow(2, head * width, width); };
      const auto scores = part(query).matmul(part(key).transpose(1, 2)) / std::sqrt(double(width));
      heads.push_back(scores.softmax(2).matmul(part(value)));
    }
    return torch::cat(heads, 2);
  }

  Tensor query_ = torch::randn({2, 3, kChannels});
  Tensor key_ = torch::randn({2, 5, kChannels});
  Tensor value_ = torch::randn({2, 5, kChannels});
};

TEST_F(AttentionTest, EqualsTheSoftmaxOfEachHeadWrittenOut) {
  const auto result = attend(query_, key_, value_, {}, kHeads);
  EXPECT_EQ(result.sizes(), query_.sizes());
  EXPECT_TRUE(torch::allclose(result, reference(query_, key_, value_), 1e-5, 1e-6));
}

TEST_F(AttentionTest, WhatTheMaskHidesIsAsIfItWereNotThere) {
  const auto mask = torch::tensor({{true, true, true, false, false}});
  const auto bias = attention_bias(mask, torch::kFloat);
  const auto result = attend(query_, key_, value_, bias, kHeads);
  const auto shorter = reference(query_, key_.narrow(1, 0, 3), value_.narrow(1, 0, 3));
  EXPECT_TRUE(torch::allclose(result, shorter, 1e-5, 1e-6));
}

TEST_F(AttentionTest, InBf16FewAndManyTokensAreReadAlike) {
  const torch::NoGradGuard no_grad;
  const auto in_bf16 = [](const Tensor& x) { return x.to(torch::kBFloat16); };
  for (const int64_t tokens : {1, 7, 300, 1100}) {  // the last one's shares fill no core's cache
    const auto query = torch::randn({2, tokens, kChannels});
    const auto key = torch::randn({2, tokens, kChannels});
    const auto value = torch::randn({2, tokens, kChannels});
    auto mask = torch::ones({2, tokens}, torch::kBool);
    if (tokens > 1) mask[1].narrow(0, tokens / 2, tokens - tokens / 2).fill_(false);
    const auto bias = attention_bias(mask, torch::kBFloat16);
    const auto result = attend(in_bf16(query), in_bf16(key), in_bf16(value), bias, kHeads);
    EXPECT_EQ(result.scalar_type(), torch::kBFloat16);
    for (int64_t row = 0; row < 2; ++row) {
      const auto seen = mask[row].sum().item<int64_t>();
      const auto expected =
          reference(query.narrow(0, row, 1), key[row].narrow(0, 0, seen).unsqueeze(0),
                    value[row].narrow(0, 0, seen).unsqueeze(0));
      EXPECT_LT((result.narrow(0, row, 1).to(torch::kFloat) - expected).abs().max().item<double>(),
                0.04)
          << tokens << " tokens, row " << row;
    }
  }
}

/// Each query with the keys that its own row of the bias leaves, one by one.
TEST_F(AttentionTest, EachQueryMayHaveABiasOfItsOwn) {
  const torch::NoGradGuard no_grad;
  for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
    for (const int64_t tokens : {5, 300, 1100}) {
      const auto some = [&] { return torch::randn({2, tokens, kChannels}).to(dtype); };
      const auto query = some(), key = some(), value = some();
      const auto readable = torch::rand({2, tokens, tokens}) < 0.6;
      readable.select(2, 0).fill_(true);
      const auto weight = torch::rand({2, tokens, tokens}) + 0.5;
      const auto bias = torch::where(readable, weight.log(), -INFINITY).unsqueeze(1);
      const auto result = attend(query, key, value, bias.to(dtype), kHeads).to(torch::kFloat);
      const auto width = kChannels / kHeads;
      for (int64_t head = 0; head < kHeads; ++head) {
        const auto part = [&](const Tensor& x) {
          return x.narrow(2, head * width, width).to(torch::kFloat);
        };
        const auto scores =
            part(query).matmul(part(key).transpose(1, 2)) / std::sqrt(double(width));
        const auto powers = scores.exp() * weight * readable;
        const auto expected = (powers / powers.sum(2, true)).matmul(part(value));
        const auto far = (part(result) - expected).abs().max().item<double>();
        EXPECT_LT(far, dtype == torch::kFloat ? 1e-5 : 0.04) << tokens << " tokens";
      }
    }
  }
}

TEST_F(AttentionTest, BiasesOfSeveralTextsStandOneBehindTheOther) {
  const auto everywhere = torch::tensor({0.0F, -1.0F}).view({1, 1, 1, 2});
  const auto by_place = torch::arange(9, torch::kFloat).view({1, 1, 3, 3});
  const auto both = joined_biases({everywhere, by_place});
  EXPECT_EQ(both.sizes(), (torch::IntArrayRef{1, 1, 3, 5}));
  EXPECT_TRUE(torch::equal(both[0][0][2], torch::tensor({0.0F, -1.0F, 6.0F, 7.0F, 8.0F})));
  EXPECT_TRUE(torch::equal(joined_biases({everywhere}), everywhere));
}

TEST_F(AttentionTest, OfABatchShorterTextsAreHiddenBehindTheirKeys) {
  const auto everywhere = torch::tensor({0.0F, -1.0F}).view({1, 1, 1, 2});
  const auto by_place = torch::arange(9, torch::kFloat).view({1, 1, 3, 3});
  const auto both = stacked_biases({everywhere, by_place});
  EXPECT_EQ(both.sizes(), (torch::IntArrayRef{2, 1, 3, 3}));
  EXPECT_TRUE(torch::equal(both[0][0][2], torch::tensor({0.0F, -1.0F, -INFINITY})));
  EXPECT_TRUE(torch::equal(both[1], by_place[0]));
}

TEST_F(AttentionTest, HeadAfterHeadIsTheSame) {
  const torch::NoGradGuard no_grad;
  for (const int64_t tokens : {1, 7, 300, 1100}) {
    const auto query = torch::randn({2, tokens, kChannels}) * 3;
    const auto key = torch::randn({2, tokens, kChannels});
    const auto value = torch::randn({2, tokens, kChannels});
    const auto expected = reference(query, key, value);
    const auto apart = [](const Tensor& x) { return x.unflatten(2, {kHeads, -1}).transpose(1, 2); };
    with_every_target([&] {
      const auto far = [&](torch::Dtype dtype) {
        const auto in = [&](const Tensor& x) { return apart(x).to(dtype).contiguous(); };
        const auto made = attend_heads(in(query), in(key), in(value));
        EXPECT_EQ(made.scalar_type(), dtype);
        return (made.to(torch::kFloat) - expected).abs().max().item<double>();
      };
      EXPECT_LT(far(torch::kFloat), 1e-5) << tokens << " tokens";
      EXPECT_LT(far(torch::kBFloat16), 0.06) << tokens << " tokens in bf16";
    });
  }
}

TEST_F(AttentionTest, HeadAfterHeadWithoutAMaskManyTokensAreReadAlike) {
  const torch::NoGradGuard no_grad;
  const auto query = torch::randn({2, 1100, kChannels}), key = torch::randn({2, 900, kChannels});
  const auto value = torch::randn({2, 900, kChannels});
  const auto in = [](const Tensor& x) { return x.to(torch::kBFloat16); };
  const auto made = attend(in(query), in(key), in(value), {}, kHeads).to(torch::kFloat);
  EXPECT_LT((made - reference(query, key, value)).abs().max().item<double>(), 0.04);
}

TEST_F(AttentionTest, TheGradientOfHeadsIsThatOfTheSoftmaxWrittenOut) {
  for (const int64_t tokens : {7, 700}) {  // the last ones are computed in blocks
    const auto leaf = [&](int64_t rows) {
      return torch::randn({2, rows, kChannels}).requires_grad_();
    };
    const auto query = leaf(tokens), key = leaf(tokens + 3), value = leaf(tokens + 3);
    const auto gradient = torch::randn({2, tokens, kChannels});
    const auto expected =
        torch::autograd::grad({reference(query, key, value)}, {query, key, value}, {gradient});
    for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
      const auto in = [&](const Tensor& x) {
        return x.detach().unflatten(2, {kHeads, -1}).transpose(1, 2).to(dtype).contiguous();
      };
      const auto made = attend_heads_gradient({in(query), in(key), in(value)}, gradient.to(dtype));
      const auto far = [&](const Tensor& ours, const Tensor& wanted) {
        const auto own = ours.transpose(1, 2).flatten(2).to(torch::kFloat);
        return ((own - wanted).norm() / wanted.norm()).item<double>();
      };
      const double bound = dtype == torch::kFloat ? 1e-5 : 0.02;
      EXPECT_LT(far(made.query, expected[0]), bound) << tokens << " tokens";
      EXPECT_LT(far(made.key, expected[1]), bound) << tokens << " tokens";
      EXPECT_LT(far(made.value, expected[2]), bound) << tokens << " tokens";
    }
  }
}

TEST_F(AttentionTest, HeadAfterHeadWhatIsNotANumberStaysNone) {
  const torch::NoGradGuard no_grad;
  for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
    const auto query = torch::randn({1, 1, 10, 20}).to(dtype);
    const auto value = torch::randn({1, 1, 70, 20}).to(dtype);
    auto key = torch::randn({1, 1, 70, 20}).to(dtype);
    auto other = query.clone();
    other[0][0][4][3] = std::numeric_limits<float>::quiet_NaN();
    with_every_target([&] {
      const auto of_query = attend_heads(other, key, value)[0];
      EXPECT_TRUE(of_query[4].isnan().all().item<bool>());
      EXPECT_TRUE(of_query[3].isfinite().all().item<bool>());
      auto broken = key.clone();
      broken[0][0][69][3] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(attend_heads(query, broken, value).isnan().all().item<bool>());
    });
  }
}

TEST_F(AttentionTest, InBf16WhatIsNotANumberStaysNone) {
  const torch::NoGradGuard no_grad;
  auto key = torch::randn({1, 5, kChannels}).to(torch::kBFloat16);
  const auto query = torch::randn({1, 3, kChannels}).to(torch::kBFloat16);
  const auto value = torch::randn({1, 5, kChannels}).to(torch::kBFloat16);
  key[0][4][0] = std::numeric_limits<float>::quiet_NaN();
  with_every_target([&] {
    const auto made = attend(query, key, value, {}, kHeads);
    EXPECT_TRUE(made.narrow(2, 0, kChannels / kHeads).isnan().all().item<bool>());
    const auto mask = torch::tensor({{true, true, true, true, false}});
    const auto bias = attention_bias(mask, torch::kFloat);
    const auto rest = attend(query, key.nan_to_num(), value, bias, kHeads);
    EXPECT_TRUE(rest.isfinite().all().item<bool>());
  });
}

TEST_F(AttentionTest, EveryRowHasAMaskOfItsOwn) {
  const auto mask = torch::tensor({{true, false, false, false, false},  //
                                   {false, false, false, false, true}});
  const auto bias = attention_bias(mask, torch::kFloat);
  const auto result = attend(query_, key_, value_, bias, kHeads);
  for (int64_t token = 0; token < 3; ++token) {
    EXPECT_TRUE(torch::allclose(result[0][token], value_[0][0]));
    EXPECT_TRUE(torch::allclose(result[1][token], value_[1][4]));
  }
}

TEST_F(AttentionTest, TrainsLikeTheSoftmaxWrittenOut) {
  const auto mask =
      torch::tensor({{true, true, false, true, true}, {true, true, true, true, true}});
  const auto hidden = attention_bias(mask, torch::kDouble).squeeze(1);  // [2, 1, 5]
  with_every_target([&] {
    for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
      expect_same(
          [&](const auto& in) {
            return attend(in[0], in[1], in[2], attention_bias(mask, dtype), kHeads);
          },
          [&](const auto& in) {
            std::vector<Tensor> heads;
            for (int64_t head = 0; head < kHeads; ++head) {
              const auto part = [&](const Tensor& x) { return x.narrow(2, head * 3, 3); };
              const auto scores = part(in[0]).matmul(part(in[1]).transpose(1, 2)) / std::sqrt(3.0);
              heads.push_back((scores + hidden).softmax(2).matmul(part(in[2])));
            }
            return torch::cat(heads, 2);
          },
          {query_, key_, value_}, dtype, dtype == torch::kFloat ? 2e-5 : 0.03);
    }
  });
}

TEST_F(AttentionTest, EqualKeysGiveTheMeanOfTheValues) {
  const auto result = attend(query_, torch::zeros_like(key_), value_, {}, kHeads);
  const auto mean = value_.mean(1, /*keepdim=*/true).expand_as(result);
  EXPECT_TRUE(torch::allclose(result, mean, 1e-5, 1e-6));
}

TEST(AttentionBias, IsZeroWhereATokenStandsAndMinusInfinityElsewhere) {
  const auto bias = attention_bias(torch::tensor({{true, false}, {true, true}}), torch::kBFloat16);
  EXPECT_EQ(bias.sizes(), (std::vector<int64_t>{2, 1, 1, 2}));
  EXPECT_EQ(bias.scalar_type(), torch::kBFloat16);
  const float hidden = -std::numeric_limits<float>::infinity();
  EXPECT_TRUE(
      torch::equal(bias.flatten().to(torch::kFloat), torch::tensor({0.F, hidden, 0.F, 0.F})));
}

}  // namespace
}  // namespace imagine::nn
