/// The gradients of what stands between a transformer's matrix products: of RMSNorm, of a gated
/// product and of queries and keys that are normalised and turned. All in fp32.
#pragma once

#include <cstddef>

namespace imagine::kernels {

/// Of y = x / sqrt(mean(x²) + epsilon) * gain, row by row.
struct RmsNormGradient {
  const float* x;     // [rows, width]
  const float* gain;  // [width]
  const float* grad;  // [rows, width], of y
  float* out;         // [rows, width], of x
  std::size_t rows, width;
  float epsilon;
};

void differentiate(const RmsNormGradient& task);

/// out = silu(gate) * value.
struct SiluGate {
  const float* gate;   // [count]
  const float* value;  // [count]
  float* out;          // [count]
  std::size_t count;
};

void multiply(const SiluGate& task);

struct SiluGateGradient {
  const float* gate;   // [count]
  const float* value;  // [count]
  const float* grad;   // [count], of the product
  float* gate_out;     // [count]
  float* value_out;    // [count]
  std::size_t count;
};

void differentiate(const SiluGateGradient& task);

/// Of HeadPlaces: from the gradients of heads to those of the product that made them.
struct HeadGradient {
  const float* qkv;         // [rows, 3 heads dim], with its bias
  const float* query_gain;  // [dim]
  const float* key_gain;    // [dim]
  const float* cosine;      // [rows, dim / 2]
  const float* sine;        // [rows, dim / 2]
  const float* query;       // the gradient, as HeadPlaces::query; null: that of the product is zero
  const float* key;         // the same
  const float* value;       // the same
  float* out;               // [rows, 3 heads dim]
  std::size_t rows, heads, dim;
  std::size_t query_rows, key_rows;
  float epsilon;
};

void differentiate(const HeadGradient& task);

}  // namespace imagine::kernels
