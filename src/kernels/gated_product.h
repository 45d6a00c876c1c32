/// What a gated feed-forward layer does between its matrix products: silu(a) * b, or gelu's.
#pragma once

#include "kernels/activation.h"
#include "kernels/product.h"

namespace imagine::kernels {

/// out = activation(first half of a row) * second half, for `rows` rows of twice `width` numbers.
template <class Number>
struct GatedProduct {
  Product<Number> both;  // [rows, 2 width]
  Rows<Number> out;      // [rows, width]
  std::size_t rows, width;
  Activation activation;
};

void gate(const GatedProduct<float>& task);
void gate(const GatedProduct<Bfloat16>& task);

}  // namespace imagine::kernels
