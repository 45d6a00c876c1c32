/// Multi-head attention in products of bytes, for networks whose layers are computed in bytes too.
#pragma once

#include "tensor/types.h"

namespace imagine::nn {

/// Whether this processor does it faster than attend_heads().
bool attends_fast_in_bytes();

/// attend_heads() with queries, keys, values and shares rounded to bytes: see
/// kernels::ByteAttention; `bias` [B or 1, 1, N or 1, M] is added to the scores (undefined: none).
/// On the CPU, in fp32 or bf16; not differentiable.
Tensor attend_heads_in_bytes(const Tensor& query, const Tensor& key, const Tensor& value,
                             const Tensor& bias = {});

}  // namespace imagine::nn
