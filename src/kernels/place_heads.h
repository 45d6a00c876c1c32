/// From the product that makes queries, keys and values to heads that can be attended with.
#pragma once

#include "kernels/product.h"

namespace imagine::kernels {

/// Each query and key of a head is divided by the root of its mean square, times a gain, and turned
/// by its row's angles: number j with number j + dim / 2. Values stay as they are.
template <class Number>
struct HeadPlaces {
  Product<Number> qkv;      // [rows, 3 heads dim]: queries, keys, values, each head after head
  const float* query_gain;  // [dim]
  const float* key_gain;    // [dim]
  const float* cosine;      // [rows, dim / 2]
  const float* sine;        // [rows, dim / 2]
  Number* query;            // row 0 of head 0 of [heads, head_rows, dim]; null: not wanted
  Number* key;              // the same
  Number* value;            // the same
  std::size_t rows, heads, dim;
  std::size_t query_rows, key_rows;  // of a head, where queries and where keys and values go
  float epsilon;
};

void place(const HeadPlaces<float>& task);
void place(const HeadPlaces<Bfloat16>& task);

}  // namespace imagine::kernels
