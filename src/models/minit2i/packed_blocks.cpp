#include "models/minit2i/packed_blocks.h"

#include <ATen/Parallel.h>

#include <torch/utils.h>

#include "nn/attention.h"
#include "nn/byte_attention.h"
#include "nn/token_rows.h"

namespace imagine::models {
namespace {

using nn::Factor;

/// Of the feed-forward layers, whose inner numbers are the largest that a block holds: parts of so
/// many rows take no more time than all at once (half as many took a twentieth more).
constexpr int64_t kRowsTogether = 512;

/// Of a head whose queries see different things: what a core's cache holds.
constexpr int64_t kScoresTogether = 1 << 19;

Tensor gain_of(const nn::FrozenRmsNorm& norm) {
  return norm->weight.to(torch::kFloat).contiguous();
}

/// One head: query [N, D], key and value [M, D], bias [1, 1, N, M] -> out [N, D]. So many queries
/// at once that nn::attend() takes its quick way.
void read_head(const nn::ThreeHeads& head, const Tensor& bias, const Tensor& out) {
  const auto rows = head.query.size(0);
  const auto together = std::max<int64_t>(1, kScoresTogether / head.key.size(0));
  const auto key = head.key.unsqueeze(0), value = head.value.unsqueeze(0);
  for (int64_t begin = 0; begin < rows; begin += together) {
    const auto some = std::min(together, rows - begin);
    const auto query = head.query.narrow(0, begin, some).unsqueeze(0);
    const auto seen = nn::attend(query, key, value, bias.narrow(2, begin, some), /*heads=*/1);
    out.narrow(0, begin, some).copy_(seen[0]);
  }
}

}  // namespace

PackedTokens::PackedTokens(const TokenLayers& layers, const nn::Arithmetic& arithmetic)
    : arithmetic_(arithmetic),
      heads_(layers.heads),
      norm1_(gain_of(layers.norm1)),
      norm2_(gain_of(layers.norm2)),
      qkv_({layers.qkv}, arithmetic),
      attn_proj_({layers.attn_proj}, arithmetic),
      gates_({layers.mlp->w1, layers.mlp->w3}, arithmetic),
      w2_({layers.mlp->w2}, arithmetic) {}

Factor PackedTokens::normalised(const Tensor& x) const {
  const auto rows = x.flatten(0, 1);
  auto factor = Factor::empty(rows.size(0), rows.size(1), arithmetic_);
  nn::add_and_normalise(arithmetic_, {.x = rows, .gain = norm1_, .out = &factor});
  return factor;
}

void PackedTokens::place(const Tensor& x, nn::Placing placing, const nn::PlacedHeads& heads) const {
  placing.bias = qkv_.bias();
  nn::place_heads(qkv_(normalised(x)), placing, heads);
}

void PackedTokens::advance(const Tensor& x, const Tensor& read) const {
  const auto rows = x.flatten(0, 1), attended = read.flatten(0, 1);  // [R, D]
  for (int64_t begin = 0; begin < rows.size(0); begin += kRowsTogether) {
    const auto count = std::min(kRowsTogether, rows.size(0) - begin);
    advance_rows(rows.narrow(0, begin, count), attended.narrow(0, begin, count));
  }
}

void PackedTokens::advance_rows(const Tensor& rows, const Tensor& read) const {
  const auto attended = attn_proj_(nn::factor_of(read, arithmetic_));
  auto seen = Factor::empty(rows.size(0), rows.size(1), arithmetic_);
  nn::add_and_normalise(
      arithmetic_,
      {.x = rows, .product = &attended, .bias = attn_proj_.bias(), .gain = norm2_, .out = &seen});
  const auto both = gates_(seen);  // [R, 2 M]
  const auto inner = Factor::empty(rows.size(0), both.values.size(1) / 2, arithmetic_);
  nn::gate(arithmetic_.dtype, both, inner);
  const auto fed = w2_(inner);
  nn::add_and_normalise(arithmetic_, {.x = rows, .product = &fed});
}

PackedDoubleBlock::PackedDoubleBlock(DoubleBlockImpl& block, const nn::Arithmetic& arithmetic)
    : query_gain_(gain_of(block.q_norm)),
      key_gain_(gain_of(block.k_norm)),
      dtype_(arithmetic.dtype),
      attends_in_bytes_(arithmetic.bytes && nn::attends_fast_in_bytes()),
      text_(block.text, arithmetic),
      picture_(block.picture, arithmetic) {}

Tensor PackedDoubleBlock::read(const nn::PlacedHeads& heads, const Tensor& bias) const {
  const auto& query = heads.query;
  if (attends_in_bytes_) return nn::attend_heads_in_bytes(query, heads.key, heads.value, bias);
  if (!bias.defined()) return nn::attend_heads(query, heads.key, heads.value);
  const auto count = query.size(1), rows = query.size(2);
  const auto out = torch::empty({query.size(0), rows, count, query.size(3)}, query.options());
  at::parallel_for(0, query.size(0) * count, 1, [&](int64_t begin, int64_t end) {
    const torch::NoGradGuard no_grad;  // which each thread has of its own
    for (auto index = begin; index < end; ++index) {
      const auto head = [&](const Tensor& x) { return x[index / count][index % count]; };
      read_head({head(query), head(heads.key), head(heads.value)}, bias,
                out[index / count].select(1, index % count));
    }
  });
  return out.flatten(2);
}

void PackedDoubleBlock::forward(const DoubleBlockImpl::Tokens& tokens,
                                const DoubleBlockImpl::Context& context, bool last) const {
  const auto batch = tokens.picture.size(0), heads = text_.heads(), dim = query_gain_.size(0);
  const auto words = tokens.text.size(1), patches = tokens.picture.size(1);
  const auto asking = last ? 0 : words;
  const auto room = [&](int64_t rows) { return torch::empty({batch, heads, rows, dim}, dtype_); };
  nn::PlacedHeads all{.query = room(asking + patches),
                      .key = room(words + patches),
                      .value = room(words + patches)};
  const auto placing = [&](const Rotation& rotation) {
    return nn::Placing{.bias = {},
                       .query_gain = query_gain_,
                       .key_gain = key_gain_,
                       .cosine = rotation.cosine,
                       .sine = rotation.sine};
  };
  auto text = all;
  if (last) text.query = Tensor();
  text_.place(tokens.text, placing(context.text), text);
  all.query_begin = asking, all.key_begin = words;
  picture_.place(tokens.picture, placing(context.picture), all);
  const auto seen = read(all, context.asking(last));
  if (!last) text_.advance(tokens.text, seen.narrow(1, 0, words).contiguous());
  picture_.advance(tokens.picture, seen.narrow(1, asking, patches).contiguous());
}

}  // namespace imagine::models
