/// The gradients of what stands between a transformer's matrix products: of RMSNorm, of a gated
/// product and of queries and keys that are normalised and turned. Numbers are fp32 or bf16, each
/// is computed in fp32.
#pragma once

#include <cstddef>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// Of y = x / sqrt(mean(x²) + epsilon) * gain, row by row.
template <class Number>
struct RmsNormGradient {
  const float* x;      // [rows, width]
  const float* gain;   // [width]
  const Number* grad;  // [rows, width], of y
  float* out;          // [rows, width], of x
  std::size_t rows, width;
  float epsilon;
};

void differentiate(const RmsNormGradient<float>& task);
void differentiate(const RmsNormGradient<Bfloat16>& task);

/// out = silu(gate) * value.
template <class Number>
struct SiluGate {
  const Number* gate;   // [count]
  const Number* value;  // [count]
  Number* out;          // [count]
  std::size_t count;
};

void multiply(const SiluGate<float>& task);
void multiply(const SiluGate<Bfloat16>& task);

template <class Number>
struct SiluGateGradient {
  const Number* gate;   // [count]
  const Number* value;  // [count]
  const Number* grad;   // [count], of the product
  Number* gate_out;     // [count]
  Number* value_out;    // [count]
  std::size_t count;
};

void differentiate(const SiluGateGradient<float>& task);
void differentiate(const SiluGateGradient<Bfloat16>& task);

/// Of HeadPlaces: from the gradients of heads to those of the product that made them.
template <class Number>
struct HeadGradient {
  const Number* qkv;        // [rows, 3 heads dim], with its bias
  const float* query_gain;  // [dim]
  const float* key_gain;    // [dim]
  const float* cosine;      // [rows, dim / 2]
  const float* sine;        // [rows, dim / 2]
  const Number* query;      // the gradient, as HeadPlaces::query; null: that of the product is zero
  const Number* key;        // the same
  const Number* value;      // the same
  Number* out;              // [rows, 3 heads dim]
  std::size_t rows, heads, dim;
  std::size_t query_rows, key_rows;
  float epsilon;
};

void differentiate(const HeadGradient<float>& task);
void differentiate(const HeadGradient<Bfloat16>& task);

}  // namespace imagine::kernels
