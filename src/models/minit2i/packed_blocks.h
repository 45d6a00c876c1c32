/// The double blocks of an MM-JiT as they draw on a processor: weights packed, and what stands
/// between their matrix products done in one pass each.
#pragma once

#include "models/minit2i/mmjit_blocks.h"
#include "nn/token_rows.h"

namespace imagine::models {

/// TokenLayers, packed.
class PackedTokens {
 public:
  PackedTokens(const TokenLayers& layers, const nn::Arithmetic& arithmetic);

  /// x [B, N, D] float -> its queries, keys and values; `placing` without the bias.
  void place(const Tensor& x, nn::Placing placing, const nn::PlacedHeads& heads) const;
  /// x += what was read [B, N, heads * head_dim], then the feed-forward layers, in place.
  void advance(const Tensor& x, const Tensor& read) const;
  int64_t heads() const { return heads_; }

 private:
  nn::Factor normalised(const Tensor& x) const;
  void advance_rows(const Tensor& rows, const Tensor& read) const;

  nn::Arithmetic arithmetic_;
  int64_t heads_;
  Tensor norm1_, norm2_;  // [D] float
  nn::PackedLinear qkv_, attn_proj_, gates_, w2_;
};

class PackedDoubleBlock {
 public:
  /// Takes the block's weights over.
  PackedDoubleBlock(DoubleBlockImpl& block, const nn::Arithmetic& arithmetic);

  /// Changes the tokens, which are contiguous; see DoubleBlock.
  void forward(const DoubleBlockImpl::Tokens& tokens, const DoubleBlockImpl::Context& context,
               bool last) const;

 private:
  /// What the queries of such heads read: [B, rows, heads * head_dim].
  Tensor read(const nn::PlacedHeads& heads, const Tensor& bias) const;

  Tensor query_gain_, key_gain_;
  torch::Dtype dtype_;
  bool attends_in_bytes_;
  PackedTokens text_, picture_;
};

}  // namespace imagine::models
