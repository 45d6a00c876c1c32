/// Attention of one head in products of bytes (Zhang et al. 2024, "SageAttention", sec. 4: a step
/// for each query and key, keys without their mean, which no softmax sees).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// Whether sums of bytes are an instruction of this processor: else the same in fp32 is faster.
bool attends_fast_in_bytes();

/// Keys and values of one head as bytes, in the order in which this processor multiplies them.
struct HeadBytes {
  std::uint8_t* keys;   // [padded_keys, padded_dim], around kZeroByte
  float* key_steps;     // [padded_keys]
  std::int8_t* values;  // [padded_keys, padded_dim]
  float* value_steps;   // [padded_dim]: a step for each channel
  std::size_t count, dim;

  static std::size_t padded_keys(std::size_t count) { return (count + 63) / 64 * 64; }
  static std::size_t padded_dim(std::size_t dim) { return (dim + 15) / 16 * 16; }
};

template <class Number>
struct HeadToPack {
  const Number* key;    // [count, dim]
  const Number* value;  // [count, dim]
  HeadBytes to;
};

/// out = softmax(query keyᵀ scale + bias) value. What is not a number stays none. Biases are
/// numbers, or -infinity for a key that is not seen; a query that sees none reads what is not a
/// number.
template <class Number>
struct ByteAttention {
  const Number* query;  // [queries, dim]
  HeadBytes head;
  Number* out;  // [queries, stride], of which dim are written
  std::size_t queries, stride;
  float scale;
  const float* bias = nullptr;  // of the first query [count of keys], or null: none
  std::size_t bias_stride = 0;  // from one query's bias to the next one's; 0: all have the same
};

void pack(const HeadToPack<float>& task);
void pack(const HeadToPack<Bfloat16>& task);
void attend(const ByteAttention<float>& task);
void attend(const ByteAttention<Bfloat16>& task);

}  // namespace imagine::kernels
