/// What stands between a transformer's matrix products as low-rank changes of it are learned: each
/// in one pass over its rows, and so that a backward pass keeps little. In fp32 and bf16 on the
/// CPU; other numbers take the same ways through LibTorch's operations.
#pragma once

#include "nn/frozen.h"
#include "tensor/types.h"

namespace imagine::nn {

/// layer(norm(x)) of each of the layers. Where they change, a backward pass keeps x alone, and the
/// norm's gain gets no gradient. x [..., in] float -> [..., out] in `dtype`.
std::vector<Tensor> linears_of_norm(const std::vector<FrozenLinearImpl*>& layers,
                                    FrozenRmsNormImpl& norm, const Tensor& x, torch::Dtype dtype);

/// layer(x), of which a change keeps x alone. [..., in] -> [..., out]
Tensor linear_of(FrozenLinearImpl& layer, const Tensor& x);

/// layer(silu(gate) * value); where the layer changes, those two are kept. [..., in] -> [..., out]
Tensor linear_of_gate(FrozenLinearImpl& layer, const Tensor& gate, const Tensor& value);

/// Whether attend_placed() takes such tensors.
bool can_attend_placed(const Tensor& qkv, const FrozenRmsNormImpl& norm);

/// The queries, keys and values of some tokens, and where they stand.
struct PlacedTokens {
  Tensor qkv;           // [B, N, 3 heads dim] fp32 or bf16
  Tensor cosine, sine;  // [N, dim / 2] float
};

/// One attention over two kinds of tokens, whose queries and keys are normalised over each head and
/// turned (see kernels::HeadPlaces): what the queries read, [B, N, heads dim], of the first kind
/// and then of the second, or of the second alone. Of all that a backward pass keeps what is given.
/// The gains get no gradient.
struct PlacedAttention {
  PlacedTokens first, second;
  FrozenRmsNormImpl& query_norm;
  FrozenRmsNormImpl& key_norm;  // over dim
  int64_t heads;
  bool first_asks = true;
};

Tensor attend_placed(const PlacedAttention& task);

}  // namespace imagine::nn
