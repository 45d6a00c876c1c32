#include "text/t5.h"

#include <cmath>
#include <limits>

#include <torch/utils.h>

#include "core/foreign_config.h"

namespace imagine::text {
namespace {

constexpr int64_t kMaxSize = int64_t(1) << 24;  // far above every T5
constexpr int64_t kMaxLayers = 1024;

/// Of rel = key - query: half of the buckets for each sign (Raffel et al. 2019, sec. 2.1).
int64_t bucket_of(int64_t rel, int64_t buckets, int64_t max_distance) {
  const int64_t half = buckets / 2, exact = half / 2;
  const int64_t distance = std::abs(rel);
  int64_t bucket = distance;
  if (distance >= exact) {
    // In fp32, as the reference computes it: a distance at a bucket's edge falls as there.
    const float part = std::log(float(distance) / float(exact)) /
                       float(std::log(double(max_distance) / double(exact)));
    bucket = std::min(exact + int64_t(part * float(half - exact)), half - 1);
  }
  return bucket + (rel > 0 ? half : 0);
}

int64_t size_of(ForeignConfig& config, const char* key, int64_t otherwise, int64_t most) {
  const auto size = config.value(key, otherwise);
  check<ConfigError>(1 <= size && size <= most, config.where(), ": ", key, ": expected 1 to ", most,
                     ", got ", size);
  return size;
}

bool is_gated(ForeignConfig& config) {
  const auto kind = config.value<std::string>("feed_forward_proj", "relu");
  check<ConfigError>(kind == "relu" || kind == "gated-gelu", config.where(),
                     ": feed_forward_proj: expected relu or gated-gelu, got \"", kind, '"');
  return kind == "gated-gelu";
}

}  // namespace

T5Config t5_config_of(const Json& json, const std::string& where) {
  ForeignConfig file(json, where);
  file.expect("model_type", "t5");
  file.expect("quantization_config", our_quantization());
  T5Config config;
  config.vocab_size = size_of(file, "vocab_size", config.vocab_size, kMaxSize);
  config.d_model = size_of(file, "d_model", config.d_model, kMaxSize);
  config.d_kv = size_of(file, "d_kv", config.d_kv, kMaxSize);
  config.d_ff = size_of(file, "d_ff", config.d_ff, kMaxSize);
  config.num_layers = size_of(file, "num_layers", config.num_layers, kMaxLayers);
  config.num_heads = size_of(file, "num_heads", config.num_heads, kMaxSize);
  config.relative_attention_num_buckets =
      size_of(file, "relative_attention_num_buckets", config.relative_attention_num_buckets, 4096);
  config.relative_attention_max_distance = size_of(file, "relative_attention_max_distance",
                                                   config.relative_attention_max_distance, 1 << 20);
  config.layer_norm_epsilon = file.value("layer_norm_epsilon", config.layer_norm_epsilon);
  config.gated = is_gated(file);
  check<ConfigError>(0 < config.layer_norm_epsilon && config.layer_norm_epsilon < 1, where,
                     ": layer_norm_epsilon: expected a number between 0 and 1, got ",
                     config.layer_norm_epsilon);
  const auto exact = config.relative_attention_num_buckets / 4;
  check<ConfigError>(exact >= 1 && config.relative_attention_max_distance > exact, where,
                     ": relative_attention_num_buckets: expected 4 or more, a quarter of them less",
                     " than relative_attention_max_distance, got ",
                     config.relative_attention_num_buckets, " and ",
                     config.relative_attention_max_distance);
  return config;
}

int64_t T5Config::parameters() const {
  const auto attention = 4 * d_model * num_heads * d_kv;
  const auto feed_forward = (gated ? 3 : 2) * d_model * d_ff;
  return vocab_size * d_model + relative_attention_num_buckets * num_heads + d_model +
         num_layers * (attention + feed_forward + 2 * d_model);
}

T5PositionsImpl::T5PositionsImpl(const T5Config& config)
    : buckets(config.relative_attention_num_buckets),
      max_distance(config.relative_attention_max_distance),
      relative_attention_bias(register_module("relative_attention_bias",
                                              nn::FrozenEmbedding(buckets, config.num_heads))) {}

Tensor T5PositionsImpl::forward(int64_t length) {
  auto table = torch::empty({length, length}, torch::kInt64);  // [query, key]
  auto cells = table.accessor<int64_t, 2>();
  for (int64_t query = 0; query < length; ++query) {
    for (int64_t key = 0; key < length; ++key) {
      cells[query][key] = bucket_of(key - query, buckets, max_distance);
    }
  }
  const auto bias = relative_attention_bias(table.to(relative_attention_bias->weight.device()));
  return bias.to(torch::kFloat).permute({2, 0, 1}).unsqueeze(0);  // [1, heads, T, T]
}

T5BlockImpl::T5BlockImpl(const T5Config& config)
    : heads(config.num_heads),
      attention_norm(register_module("attention_norm",
                                     nn::FrozenRmsNorm(config.d_model, config.layer_norm_epsilon))),
      feed_forward_norm(register_module(
          "feed_forward_norm", nn::FrozenRmsNorm(config.d_model, config.layer_norm_epsilon))),
      q(linear("q", config.d_model, config.num_heads * config.d_kv)),
      k(linear("k", config.d_model, config.num_heads * config.d_kv)),
      v(linear("v", config.d_model, config.num_heads * config.d_kv)),
      o(linear("o", config.num_heads * config.d_kv, config.d_model)),
      wi(linear(config.gated ? "wi_0" : "wi", config.d_model, config.d_ff)),
      wo(linear("wo", config.d_ff, config.d_model)) {
  if (config.gated) wi_1 = linear("wi_1", config.d_model, config.d_ff);
}

nn::FrozenLinear T5BlockImpl::linear(const std::string& name, int64_t in, int64_t out) {
  return register_module(name, nn::FrozenLinear(in, out, /*biased=*/false));
}

Tensor T5BlockImpl::forward(const Tensor& x, const Tensor& bias, torch::Dtype dtype) {
  const auto split = [this](const Tensor& all) {
    return all.unflatten(-1, {heads, -1}).transpose(1, 2);  // [B, heads, T, d_kv]
  };
  const auto seen = attention_norm(x).to(dtype);
  const auto mixed = at::scaled_dot_product_attention(split(q(seen)), split(k(seen)),
                                                      split(v(seen)), bias.to(dtype),
                                                      /*dropout_p=*/0, /*is_causal=*/false,
                                                      /*scale=*/1);
  const auto attended = x + o(mixed.transpose(1, 2).flatten(2));  // [B, T, D]

  const auto normed = feed_forward_norm(attended).to(dtype);
  const auto inner =
      wi_1 ? torch::gelu(wi(normed), "tanh") * wi_1(normed) : torch::relu(wi(normed));
  return attended + wo(inner);
}

T5Impl::T5Impl(const T5Config& config)
    : words(register_module("words", nn::FrozenEmbedding(config.vocab_size, config.d_model))),
      positions(register_module("positions", T5Positions(config))),
      blocks(register_module("block", nn::List<T5Block>())),
      norm(register_module("norm", nn::FrozenRmsNorm(config.d_model, config.layer_norm_epsilon))) {
  for (int64_t i = 0; i < config.num_layers; ++i) blocks->emplace(config);
}

Tensor T5Impl::bias(const Tensor& mask) {
  const auto hidden = mask.logical_not().unsqueeze(1).unsqueeze(1);  // [B, 1, 1, T]
  return positions(mask.size(1)).masked_fill(hidden, std::numeric_limits<float>::lowest());
}

Tensor T5Impl::forward(const Tensor& ids, const Tensor& mask, torch::Dtype dtype,
                       const StopCheck& stop) {
  auto x = words(ids).to(torch::kFloat);  // [B, T, D]
  const auto added = bias(mask);
  for (auto& block : *blocks) {
    check_stop(stop);
    x = block(x, added, dtype);
  }
  return norm(x);
}

}  // namespace imagine::text
