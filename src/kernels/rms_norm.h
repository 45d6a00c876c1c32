/// Divides rows by the root of their mean square, after a residual branch was added to them
/// (Zhang and Sennrich 2019).
#pragma once

#include "kernels/product.h"

namespace imagine::kernels {

/// x += added; out = x / sqrt(mean(x²) + epsilon) * gain, for `rows` rows of `width` numbers.
template <class Number>
struct RmsNorm {
  float* x;               // [rows, width]
  Product<Number> added;  // its values null: nothing
  const float* gain;      // [width]
  Rows<Number> out;       // neither values nor bytes: x is all that is wanted
  std::size_t rows, width;
  float epsilon;
};

void normalise(const RmsNorm<float>& norm);
void normalise(const RmsNorm<Bfloat16>& norm);

}  // namespace imagine::kernels
