/// The end of a residual branch: what it adds, times a gain for each column, forward and backward
/// in one pass each.
#pragma once

#include <cstddef>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// out = x + branch * gain, for `rows` rows of `width` numbers.
template <class Number>
struct GatedSum {
  const Number* x;       // [rows, width]
  const Number* branch;  // [rows, width]
  const Number* gain;    // [width]
  Number* out;           // [rows, width]
  std::size_t rows, width;
};

/// The gradients of a GatedSum; that of x is out_gradient itself.
template <class Number>
struct GatedSumBackward {
  const Number* branch;        // [rows, width]
  const Number* gain;          // [width]
  const Number* out_gradient;  // [rows, width]
  Number* branch_gradient;     // [rows, width]
  float* gain_gradient;        // [width], added to
  std::size_t rows, width;
};

void add_gated(const GatedSum<float>& task);
void add_gated(const GatedSum<Bfloat16>& task);
void backpropagate(const GatedSumBackward<float>& task);
void backpropagate(const GatedSumBackward<Bfloat16>& task);

}  // namespace imagine::kernels
