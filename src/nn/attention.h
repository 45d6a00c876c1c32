/// Multi-head attention as a function of its already projected parts.
#pragma once

#include "tensor/types.h"

namespace imagine::nn {

/// query [B, N, C], key and value [B, M, C], bias [B or 1, 1, N or 1, M] added to the scores
/// (undefined: none) -> [B, N, C]. C splits into `heads` (Vaswani et al. 2017, eq. 1).
Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
              int64_t heads);

/// The same of parts that lie head by head: query [B, heads, N, D], key and value [B, heads, M, D]
/// -> [B, N, heads * D]. Autograd does not see what it does.
Tensor attend_heads(const Tensor& query, const Tensor& key, const Tensor& value);

/// Heads: query [B, heads, N, D], key and value [B, heads, M, D].
struct ThreeHeads {
  Tensor query, key, value;
};

/// From the gradient of what attend_heads() read [B, N, heads * D] to those of its heads. The
/// scores are computed again, block by block, so that nothing of them is kept.
ThreeHeads attend_heads_gradient(const ThreeHeads& heads, const Tensor& gradient);

/// mask [B, M], true where a token may be read -> additive scores [B, 1, 1, M]: 0 or -infinity.
Tensor attention_bias(const Tensor& mask, torch::Dtype dtype);

/// Biases of texts whose keys stand one behind the other, [B, 1, N or 1, M] each -> of all keys.
Tensor joined_biases(const std::vector<Tensor>& biases);

/// Biases of a batch's rows, [B, 1, N or 1, M] each, the shorter ones hidden behind their keys:
/// [sum of B, 1, N or 1, max M].
Tensor stacked_biases(const std::vector<Tensor>& biases);

}  // namespace imagine::nn
