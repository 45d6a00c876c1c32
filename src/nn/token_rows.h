/// What stands between a transformer's matrix products as it draws, each in one pass over its rows,
/// on all threads.
#pragma once

#include "kernels/gated_product.h"
#include "nn/packed_product.h"

namespace imagine::nn {

using kernels::Gate;

/// x += product + bias, then out = x / sqrt(mean(x²) + epsilon) * gain.
struct Residual {
  const Tensor& x;                     // [R, D] float, changed in place
  const ProductOf* product = nullptr;  // [R, D]; null: nothing is added
  Tensor bias = {};                    // [D] float; undefined: none
  Tensor gain = {};                    // [D] float
  const Factor* out = nullptr;         // [R, D]; null: x is all that is wanted
  double epsilon = 1e-6;
};

void add_and_normalise(const Arithmetic& arithmetic, const Residual& task);

/// out [R, M] = gate(first half of a row) * second half; both [R, 2 M]. Numbers of `both`, and of
/// `out` where it is not bytes, are of `dtype`.
void gate(torch::Dtype dtype, const ProductOf& both, const Factor& out, Gate gate = Gate::silu);

/// What a product takes of such rows [R, K].
Factor factor_of(const Tensor& rows, const Arithmetic& arithmetic);
/// What the bytes of a Factor leave of the rows [R, K] that it was made of, float.
Tensor remainder_of(const Tensor& rows, const Factor& bytes);
/// The numbers that a product stands for, [R, N] float; without a bias.
Tensor numbers_of(const ProductOf& product);

/// Where queries, keys and values of some tokens go.
struct PlacedHeads {
  Tensor query, key, value;  // [B, heads, rows, dim]; an undefined query is not wanted
  int64_t query_begin = 0, key_begin = 0;  ///< the first of these tokens' rows there
};

/// How they are normalised and turned on their way: see kernels::HeadPlaces.
struct Placing {
  Tensor bias;                  // [3 heads dim] float, or undefined
  Tensor query_gain, key_gain;  // [dim] float
  Tensor cosine, sine;          // [N, dim / 2] float
  double epsilon = 1e-6;
};

/// qkv [B N, 3 heads dim]
void place_heads(const ProductOf& qkv, const Placing& placing, const PlacedHeads& heads);

}  // namespace imagine::nn
