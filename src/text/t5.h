/// T5's encoder (Raffel et al. 2019, arXiv:1910.10683; v1.1 and Flan: Chung et al. 2022).
#pragma once

#include <cstdint>
#include <string>

#include "core/fields.h"
#include "core/stop.h"
#include "nn/frozen.h"
#include "nn/list.h"
#include "tensor/types.h"

namespace imagine::text {

/// Named as in Hugging Face's config.json; the defaults are those of its T5Config.
struct T5Config {
  int64_t vocab_size = 32128;
  int64_t d_model = 512;  ///< width of the states
  int64_t d_kv = 64;      ///< width of a head
  int64_t d_ff = 2048;
  int64_t num_layers = 6;
  int64_t num_heads = 8;
  int64_t relative_attention_num_buckets = 32;
  int64_t relative_attention_max_distance = 128;
  double layer_norm_epsilon = 1e-6;
  bool gated = false;  ///< v1.1 and Flan: gelu(wi_0 x) * wi_1 x; else relu(wi x)

  /// How many numbers the encoder consists of.
  int64_t parameters() const;
};

/// ConfigError, naming `where` and the key, for what is not a T5 that we run. Keys about decoding
/// and training are left alone.
T5Config t5_config_of(const Json& json, const std::string& where);

/// Distances of keys from queries in 32 (or so) buckets, exact when near, logarithmic further away,
/// and each with a number for every head.
struct T5PositionsImpl : torch::nn::Module {
  explicit T5PositionsImpl(const T5Config& config);
  /// -> [1, heads, T, T] float, added to the scores
  Tensor forward(int64_t length);

  int64_t buckets, max_distance;
  nn::FrozenEmbedding relative_attention_bias;  // [buckets, heads]
};
TORCH_MODULE(T5Positions);

struct T5BlockImpl : torch::nn::Module {
  explicit T5BlockImpl(const T5Config& config);
  /// x [B, T, D] float, bias [B, heads, T, T] float; computes in `dtype`.
  Tensor forward(const Tensor& x, const Tensor& bias, torch::Dtype dtype);

  int64_t heads;
  nn::FrozenRmsNorm attention_norm, feed_forward_norm;
  nn::FrozenLinear q, k, v, o, wi, wo;
  nn::FrozenLinear wi_1{nullptr};  // gated alone

 private:
  nn::FrozenLinear linear(const std::string& name, int64_t in, int64_t out);
};
TORCH_MODULE(T5Block);

struct T5Impl : torch::nn::Module {
  explicit T5Impl(const T5Config& config);
  /// ids [B, T] int64, mask [B, T] bool -> the last hidden states [B, T, D] float. Tokens that the
  /// mask leaves out are seen by no other, but have states of their own. The sum that the blocks
  /// add to is kept in fp32 whatever `dtype` they compute in: in fp16's range it overflows. `stop`
  /// is asked between blocks.
  Tensor forward(const Tensor& ids, const Tensor& mask, torch::Dtype dtype,
                 const StopCheck& stop = {});
  /// What is added to the scores: [B, heads, T, T] float, lowest where the mask leaves a key out.
  Tensor bias(const Tensor& mask);

  nn::FrozenEmbedding words;
  T5Positions positions;
  nn::List<T5Block> blocks;
  nn::FrozenRmsNorm norm;
};
TORCH_MODULE(T5);

}  // namespace imagine::text
