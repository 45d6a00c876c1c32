#include "text/packed_t5.h"

#include <torch/utils.h>

namespace imagine::text {
namespace {

using nn::Factor;

Tensor gain_of(const nn::FrozenRmsNorm& norm) {
  return norm->weight.to(torch::kFloat).contiguous();
}

std::vector<nn::FrozenLinear> inner_layers(const T5BlockImpl& block) {
  return block.wi_1 ? std::vector{block.wi, block.wi_1} : std::vector{block.wi};
}

/// Up to so many tokens weights are taken as they are. Packed ones are always faster, once they
/// are: of Flan-T5-Large 20 rows took 39 ms instead of 60 and 40 rows 56 instead of 109, after 0.8
/// s of packing (two Emerald Rapids cores), which a program that reads one prompt never gets back.
constexpr int64_t kFewTokens = 40;

nn::Arithmetic of_rows(nn::Arithmetic arithmetic, int64_t of_a_token) {
  arithmetic.few_rows = kFewTokens * of_a_token;
  return arithmetic;
}

/// Two factors, one below the other.
Factor stacked(const Factor& above, const Factor& below) {
  return {.values = torch::cat({above.values, below.values}),
          .steps = torch::cat({above.steps, below.steps})};
}

/// Some rows of a product of bytes.
nn::ProductOf rows_of(const nn::ProductOf& product, int64_t begin, int64_t count) {
  return {.values = product.values.narrow(0, begin, count),
          .steps = product.steps.narrow(0, begin, count)};
}

}  // namespace

bool gains_by_packing(const nn::Arithmetic& arithmetic) {
  return arithmetic.bytes || arithmetic.dtype != torch::kFloat;
}

PackedT5Block::PackedT5Block(T5BlockImpl& block, const nn::Arithmetic& arithmetic)
    : arithmetic_(arithmetic),
      heads_(block.heads),
      gated_(bool(block.wi_1)),
      epsilon_(block.attention_norm->epsilon),
      attention_gain_(gain_of(block.attention_norm)),
      feed_forward_gain_(gain_of(block.feed_forward_norm)),
      qkv_({block.q, block.k, block.v}, of_rows(arithmetic, 1)),
      o_({block.o}, of_rows(arithmetic, 1)),
      wi_(inner_layers(block), of_rows(arithmetic, 1)),
      wo_({block.wo}, of_rows(arithmetic, 2)) {}

void PackedT5Block::forward(const Tensor& x, const Tensor& bias) const {
  const auto rows = x.flatten(0, 1);  // [B T, D]
  const auto seen = Factor::empty(rows.size(0), rows.size(1), arithmetic_);
  nn::add_and_normalise(arithmetic_,
                        {.x = rows, .gain = attention_gain_, .out = &seen, .epsilon = epsilon_});
  const auto qkv = nn::numbers_of(qkv_(seen))
                       .view({x.size(0), x.size(1), 3, heads_, -1})
                       .permute({2, 0, 3, 1, 4});  // [3, B, heads, T, d_kv]
  const auto read = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], bias, /*dropout_p=*/0,
                                                     /*is_causal=*/false, /*scale=*/1);
  const auto attended = o_(nn::factor_of(
      read.transpose(1, 2).reshape({rows.size(0), -1}).to(arithmetic_.dtype), arithmetic_));
  nn::add_and_normalise(arithmetic_, {.x = rows,
                                      .product = &attended,
                                      .gain = feed_forward_gain_,
                                      .out = &seen,
                                      .epsilon = epsilon_});
  feed(rows, seen);
}

Tensor PackedT5Block::gated(const nn::ProductOf& product) const {
  if (!gated_) return torch::relu(nn::numbers_of(product)).to(arithmetic_.dtype);
  const auto width = product.values.size(1) / 2;
  const auto inner =
      Factor::empty(product.values.size(0), width, nn::Arithmetic{.dtype = arithmetic_.dtype});
  nn::gate(arithmetic_.dtype, product, inner, nn::Gate::gelu_tanh);
  return inner.values;
}

void PackedT5Block::feed(const Tensor& rows, const Factor& seen) const {
  const auto inner = gated(wi_(seen));  // [R, d_ff]
  const auto factor = nn::factor_of(inner, arithmetic_);
  if (!arithmetic_.bytes) {
    const auto fed = wo_(factor);
    return nn::add_and_normalise(arithmetic_, {.x = rows, .product = &fed});
  }
  // A few of these numbers are far larger than all others, which bytes of their size leave nothing
  // of (transformers keeps wo in fp32 for that): so what is left of them is multiplied too.
  const auto rest = nn::factor_of(nn::remainder_of(inner, factor), arithmetic_);
  const auto both = wo_(stacked(factor, rest));
  for (const int64_t begin : {int64_t(0), rows.size(0)}) {
    const auto fed = rows_of(both, begin, rows.size(0));
    nn::add_and_normalise(arithmetic_, {.x = rows, .product = &fed});
  }
}

namespace {

/// pass(block, x, bias) for block 0, 1, ...
template <class Pass>
Tensor read(T5 network, const T5Tokens& tokens, const StopCheck& stop, const Pass& pass) {
  const auto x = network->words(tokens.ids).to(torch::kFloat).contiguous();  // [B, T, D]
  const auto bias = network->bias(tokens.mask);
  for (std::size_t i = 0; i < network->blocks->size(); ++i) {
    check_stop(stop);
    pass(i, x, bias);
  }
  return network->norm(x);
}

}  // namespace

Tensor read_packing(T5 network, const nn::Arithmetic& arithmetic, const T5Tokens& tokens,
                    const StopCheck& stop) {
  return read(network, tokens, stop, [&](std::size_t i, const Tensor& x, const Tensor& bias) {
    PackedT5Block(*network->blocks->at(i), arithmetic).forward(x, bias);
  });
}

PackedT5::PackedT5(T5 network, const nn::Arithmetic& arithmetic) : network_(std::move(network)) {
  for (auto& block : *network_->blocks) blocks_.emplace_back(*block, arithmetic);
}

Tensor PackedT5::forward(const T5Tokens& tokens, const StopCheck& stop) const {
  return read(network_, tokens, stop, [&](std::size_t i, const Tensor& x, const Tensor& bias) {
    blocks_[i].forward(x, bias);
  });
}

}  // namespace imagine::text
