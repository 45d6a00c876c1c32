/// Weights as bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// Each of `rows` rows of `width` numbers in steps of its largest / 127, to the nearest, ties to
/// even. What is not finite makes the step not a number.
template <class Number>
struct RowsToQuantize {
  const Number* from;  // [rows, width]
  std::int8_t* to;     // [rows, width]
  float* steps;        // [rows]
  std::size_t rows, width;
};

void quantize(const RowsToQuantize<float>& task);
void quantize(const RowsToQuantize<Bfloat16>& task);

}  // namespace imagine::kernels
