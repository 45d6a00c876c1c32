/// Products of a few rows of bytes with a weight of bytes as a file has it: each weight is read
/// once, which is what such a product takes its time for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/product.h"

namespace imagine::kernels {

/// out[row][n] = steps[n] * (the sum of (rows[row][k] - kZeroByte) * weight[n][k]), exact up to the
/// one rounding.
template <class Number>
struct FewRows {
  const std::uint8_t* rows;   // [count, width], around kZeroByte
  const std::int8_t* weight;  // [outs, width]
  const float* steps;         // [outs]
  Number* out;                // [count, stride]
  std::size_t count, width, outs, stride;
};

void multiply(const FewRows<float>& task);
void multiply(const FewRows<Bfloat16>& task);

}  // namespace imagine::kernels
