#include "models/minit2i/mmjit_blocks.h"

#include <torch/utils.h>

#include "nn/attention.h"
#include "nn/token_gradients.h"

namespace imagine::models {
namespace {

constexpr double kEpsilon = 1e-6;  // of all norms

nn::FrozenRmsNorm norm_in(torch::nn::Module& block, const std::string& name, int64_t width) {
  return block.register_module(name, nn::FrozenRmsNorm(width, kEpsilon));
}

/// [B, N, 3 heads dim] -> queries, keys and values.
Heads heads_of(const Tensor& product, int64_t heads) {
  const auto all = product.unflatten(-1, {3, heads, -1});
  return {.query = all.select(2, 0), .key = all.select(2, 1), .value = all.select(2, 2)};
}

Tensor joined(const Tensor& first, const Tensor& second) {
  return first.defined() ? torch::cat({first, second}, 1) : second;
}

/// Heads whose queries and keys went through the block's norms and stand where they are.
Heads placed(const Heads& heads, nn::FrozenRmsNorm& q_norm, nn::FrozenRmsNorm& k_norm,
             const Rotation& rotation, torch::Dtype dtype) {
  const auto place = [&](const Tensor& x, nn::FrozenRmsNorm& norm) {
    return x.defined() ? rotated(norm(x.to(torch::kFloat)), rotation).to(dtype) : x;
  };
  return {
      .query = place(heads.query, q_norm), .key = place(heads.key, k_norm), .value = heads.value};
}

/// -> [B, N, heads * head_dim] of the queries' tokens; bias as in nn::attend().
Tensor attended(const Heads& heads, const Tensor& bias = {}) {
  const auto flat = [](const Tensor& x) { return x.flatten(2); };
  return nn::attend(flat(heads.query), flat(heads.key), flat(heads.value), bias,
                    heads.query.size(2));
}

}  // namespace

SwiGluImpl::SwiGluImpl(const MmJitConfig& config)
    : w1(register_module(
          "w1", nn::FrozenLinear(config.hidden_size, config.mlp_width(), /*biased=*/false))),
      w3(register_module(
          "w3", nn::FrozenLinear(config.hidden_size, config.mlp_width(), /*biased=*/false))),
      w2(register_module(
          "w2", nn::FrozenLinear(config.mlp_width(), config.hidden_size, /*biased=*/false))) {}

Tensor SwiGluImpl::forward(nn::FrozenRmsNorm& norm, const Tensor& x, torch::Dtype dtype) {
  const auto both = nn::linears_of_norm({w1.get(), w3.get()}, *norm, x, dtype);
  return nn::linear_of_gate(*w2, both[0], both[1]);
}

TokenLayers::TokenLayers(torch::nn::Module& block, const std::string& prefix,
                         const MmJitConfig& config)
    : heads(config.num_heads),
      norm1(norm_in(block, prefix + "norm1", config.hidden_size)),
      norm2(norm_in(block, prefix + "norm2", config.hidden_size)),
      qkv(block.register_module(prefix + "qkv",
                                nn::FrozenLinear(config.hidden_size, 3 * config.inner_width()))),
      attn_proj(block.register_module(prefix + "attn_proj",
                                      nn::FrozenLinear(config.inner_width(), config.hidden_size))),
      mlp(block.register_module(prefix + "mlp", SwiGlu(config))) {}

Tensor TokenLayers::product(const Tensor& x, torch::Dtype dtype) {
  return nn::linears_of_norm({qkv.get()}, *norm1, x, dtype).front();
}

Tensor TokenLayers::forward(const Tensor& x, const Tensor& read) {
  const auto after = x + nn::linear_of(*attn_proj, read);
  return after + mlp(norm2, after, read.scalar_type());
}

PreambleBlockImpl::PreambleBlockImpl(const MmJitConfig& config)
    : q_norm(norm_in(*this, "q_norm", config.head_dim)),
      k_norm(norm_in(*this, "k_norm", config.head_dim)),
      text(*this, "", config) {}

Tensor PreambleBlockImpl::forward(const Tensor& x, const Rotation& rotation, torch::Dtype dtype) {
  const auto heads = heads_of(text.product(x, dtype), text.heads);
  return text.forward(x, attended(placed(heads, q_norm, k_norm, rotation, dtype)));
}

DoubleBlockImpl::DoubleBlockImpl(const MmJitConfig& config)
    : q_norm(norm_in(*this, "q_norm", config.head_dim)),
      k_norm(norm_in(*this, "k_norm", config.head_dim)),
      text(*this, "txt_", config),
      picture(*this, "img_", config) {}

Tensor DoubleBlockImpl::Context::asking(bool picture_alone) const {
  if (!bias.defined() || !picture_alone) return bias;
  const auto count = picture.cosine.size(0);
  return bias.narrow(2, bias.size(2) - count, count);
}

Tensor DoubleBlockImpl::read(const Tokens& products, const Context& context, torch::Dtype dtype,
                             bool last) {
  const auto& [text_places, picture_places, bias] = context;
  if (!bias.defined() && nn::can_attend_placed(products.picture, *q_norm)) {
    return nn::attend_placed(
        {.first = {products.text, text_places.cosine, text_places.sine},
         .second = {products.picture, picture_places.cosine, picture_places.sine},
         .query_norm = *q_norm,
         .key_norm = *k_norm,
         .heads = text.heads,
         .first_asks = !last});
  }
  auto words = placed(heads_of(products.text, text.heads), q_norm, k_norm, text_places, dtype);
  const auto patches =
      placed(heads_of(products.picture, text.heads), q_norm, k_norm, picture_places, dtype);
  if (last) words.query = Tensor();
  return attended({.query = joined(words.query, patches.query),
                   .key = joined(words.key, patches.key),
                   .value = joined(words.value, patches.value)},
                  context.asking(last));
}

DoubleBlockImpl::Tokens DoubleBlockImpl::forward(const Tokens& tokens, const Context& context,
                                                 torch::Dtype dtype, bool last) {
  const Tokens products{.text = text.product(tokens.text, dtype),
                        .picture = picture.product(tokens.picture, dtype)};
  const auto all = read(products, context, dtype, last);
  const auto count = tokens.picture.size(1), begin = all.size(1) - count;
  return {.text = last ? Tensor() : text.forward(tokens.text, all.narrow(1, 0, begin)),
          .picture = picture.forward(tokens.picture, all.narrow(1, begin, count))};
}

}  // namespace imagine::models
