#include "text/bert.h"

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::text {
namespace {

// Far above every BERT; a product of two of them still counts in 64 bits.
constexpr int64_t kMaxSize = int64_t(1) << 24;
constexpr int64_t kMaxLayers = 1024;

}  // namespace

void BertConfig::validate(const std::string& where) const {
  check<ConfigError>(model_type == "bert", where, ": model_type: expected \"bert\", got \"",
                     model_type, "\"");
  fields(*this, [&](const char* name, const auto& value, const char*) {
    if constexpr (std::is_same_v<decltype(value), const int64_t&>) {
      check<ConfigError>(1 <= value && value <= kMaxSize, where, ": ", name, ": expected 1 to ",
                         kMaxSize, ", got ", value);
    }
  });
  check<ConfigError>(num_hidden_layers <= kMaxLayers, where,
                     ": num_hidden_layers: expected at most ", kMaxLayers, ", got ",
                     num_hidden_layers);
  check<ConfigError>(hidden_size % num_attention_heads == 0, where,
                     ": num_attention_heads: expected a divisor of ", hidden_size, ", got ",
                     num_attention_heads);
  check<ConfigError>(2 <= max_length && max_length <= max_position_embeddings, where,
                     ": max_length: expected 2 to ", max_position_embeddings, ", got ", max_length);
  check<ConfigError>(0 < layer_norm_eps && layer_norm_eps < 1, where,
                     ": layer_norm_eps: expected a number between 0 and 1, got ", layer_norm_eps);
}

int64_t BertConfig::parameters() const {
  const auto tables = (vocab_size + max_position_embeddings + type_vocab_size + 2) * hidden_size;
  const auto attention = 4 * (hidden_size + 1) * hidden_size;
  const auto feed_forward = (2 * hidden_size + 1) * intermediate_size + hidden_size;
  const auto norms = 4 * hidden_size;
  return tables + num_hidden_layers * (attention + feed_forward + norms);
}

BertAttentionImpl::BertAttentionImpl(const BertConfig& config)
    : heads(config.num_attention_heads),
      query(register_module("query", nn::FrozenLinear(config.hidden_size, config.hidden_size))),
      key(register_module("key", nn::FrozenLinear(config.hidden_size, config.hidden_size))),
      value(register_module("value", nn::FrozenLinear(config.hidden_size, config.hidden_size))),
      output(register_module("output", nn::FrozenLinear(config.hidden_size, config.hidden_size))) {}

Tensor BertAttentionImpl::forward(const Tensor& x, const Tensor& mask) {
  const auto split = [this](const Tensor& all) {
    return all.unflatten(-1, {heads, -1}).transpose(1, 2);  // [B, heads, T, D / heads]
  };
  const auto mixed =
      at::scaled_dot_product_attention(split(query(x)), split(key(x)), split(value(x)), mask);
  return output(mixed.transpose(1, 2).flatten(2));  // [B, T, D]
}

BertLayerImpl::BertLayerImpl(const BertConfig& config)
    : attention(register_module("attention", BertAttention(config))),
      attention_norm(register_module(
          "attention_norm", nn::FrozenLayerNorm(config.hidden_size, config.layer_norm_eps))),
      expand(register_module("expand",
                             nn::FrozenLinear(config.hidden_size, config.intermediate_size))),
      contract(register_module("contract",
                               nn::FrozenLinear(config.intermediate_size, config.hidden_size))),
      output_norm(register_module(
          "output_norm", nn::FrozenLayerNorm(config.hidden_size, config.layer_norm_eps))) {}

Tensor BertLayerImpl::forward(const Tensor& x, const Tensor& mask) {
  const auto attended = attention_norm(x + attention(x, mask));
  return output_norm(attended + contract(torch::gelu(expand(attended))));
}

BertImpl::BertImpl(const BertConfig& config)
    : words(register_module("words", nn::FrozenEmbedding(config.vocab_size, config.hidden_size))),
      positions(register_module(
          "positions", nn::FrozenEmbedding(config.max_position_embeddings, config.hidden_size))),
      types(register_module("types",
                            nn::FrozenEmbedding(config.type_vocab_size, config.hidden_size))),
      norm(
          register_module("norm", nn::FrozenLayerNorm(config.hidden_size, config.layer_norm_eps))) {
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back(register_module(concat("layer", i), BertLayer(config)));
  }
}

Tensor BertImpl::forward(const Tensor& ids, const Tensor& mask) {
  const auto places = torch::arange(ids.size(1), ids.options());
  auto x = norm(words(ids) + positions(places) + types->weight[0]);  // [B, T, D]
  const auto seen = mask.unsqueeze(1).unsqueeze(1);                  // [B, 1, 1, T]
  for (auto& layer : layers) x = layer(x, seen);
  return x;
}

}  // namespace imagine::text
