/// What an MM-JiT is built of, with the published names of the parameters.
#pragma once

#include <string>

#include "models/minit2i/mmjit_config.h"
#include "models/minit2i/rotation.h"
#include "nn/frozen.h"
#include "tensor/types.h"

namespace imagine::models {

/// w2(silu(w1 x) * w3 x) (Shazeer 2020, "GLU variants improve transformer").
struct SwiGluImpl : torch::nn::Module {
  explicit SwiGluImpl(const MmJitConfig& config);
  /// Of norm(x), in `dtype`: [B, N, D] float -> [B, N, D].
  Tensor forward(nn::FrozenRmsNorm& norm, const Tensor& x, torch::Dtype dtype);

  nn::FrozenLinear w1, w3, w2;
};
TORCH_MODULE(SwiGlu);

/// Queries, keys and values of some tokens.
struct Heads {
  Tensor query, key, value;  // [B, N, heads, head_dim]; an undefined query asks nothing
};

/// What a block does to one kind of tokens, but for their attention, which may read other kinds
/// too. Registers its layers in the block, named with `prefix`.
struct TokenLayers {
  TokenLayers(torch::nn::Module& block, const std::string& prefix, const MmJitConfig& config);

  /// Queries, keys and values of x [B, N, D] float, computed in `dtype`: [B, N, 3 heads *
  /// head_dim].
  Tensor product(const Tensor& x, torch::Dtype dtype);
  /// x + what was read [B, N, heads * head_dim], then the feed-forward layers: [B, N, D] float.
  Tensor forward(const Tensor& x, const Tensor& read);

  int64_t heads;
  nn::FrozenRmsNorm norm1, norm2;
  nn::FrozenLinear qkv, attn_proj;
  SwiGlu mlp;
};

/// A block of the text alone.
struct PreambleBlockImpl : torch::nn::Module {
  explicit PreambleBlockImpl(const MmJitConfig& config);
  Tensor forward(const Tensor& x, const Rotation& rotation, torch::Dtype dtype);

  nn::FrozenRmsNorm q_norm, k_norm;
  TokenLayers text;
};
TORCH_MODULE(PreambleBlock);

/// Text and picture, each with layers of its own, read each other in one attention (Esser et al.
/// 2024, sec. 4, without modulation).
struct DoubleBlockImpl : torch::nn::Module {
  struct Tokens {
    Tensor text;     // [B, T, D] float; undefined behind the last block
    Tensor picture;  // [B, N, D] float
  };
  /// Where they stand, and what they see of each other.
  struct Context {
    Rotation text, picture;
    Tensor bias = {};  // [1, 1, T + N, T + N], text first, added to the scores; undefined: nothing

    /// Of those that ask: all, or the picture alone.
    Tensor asking(bool picture_alone) const;
  };

  explicit DoubleBlockImpl(const MmJitConfig& config);
  /// `last`: nothing reads the text behind this block.
  Tokens forward(const Tokens& tokens, const Context& context, torch::Dtype dtype, bool last);

  nn::FrozenRmsNorm q_norm, k_norm;
  TokenLayers text, picture;

 private:
  /// What the tokens with such queries, keys and values read: the text's, unless `last`, and then
  /// the picture's, [B, N, D].
  Tensor read(const Tokens& products, const Context& context, torch::Dtype dtype, bool last);
};
TORCH_MODULE(DoubleBlock);

}  // namespace imagine::models
