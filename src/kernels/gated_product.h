/// What a gated feed-forward layer does between its matrix products (Shazeer 2020, "GLU variants
/// improve transformer").
#pragma once

#include "kernels/product.h"

namespace imagine::kernels {

/// How the first half of a row becomes the gate; gelu_tanh is GELU by its approximation with tanh
/// (Hendrycks and Gimpel 2016, sec. 2).
enum class Gate { silu, gelu_tanh };

/// out = gate(first half of a row) * second half, for `rows` rows of twice `width` numbers.
template <class Number>
struct GatedProduct {
  Product<Number> both;  // [rows, 2 width]
  Rows<Number> out;      // [rows, width]
  std::size_t rows, width;
  Gate gate;
};

void gate(const GatedProduct<float>& task);
void gate(const GatedProduct<Bfloat16>& task);

}  // namespace imagine::kernels
