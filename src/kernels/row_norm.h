/// Layer norm of rows with a gain and an offset for each column, forward and backward in one pass
/// each. A picture's rows share gain and offset: those of transformers that are told the time
/// (Peebles and Xie 2023, "Scalable diffusion models with transformers", adaLN).
#pragma once

#include <cstddef>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// What a row was normalised by.
struct RowMoments {
  float mean;
  float inverse_deviation;
};

/// out = (x - mean) / sqrt(variance + epsilon) * gain + offset, for `rows` rows of `width` numbers.
/// `gain` and `offset` are one row each.
template <class Number>
struct RowNorm {
  const Number* x;       // [rows, width]
  const Number* gain;    // [width]
  const Number* offset;  // [width]
  Number* out;           // [rows, width]
  RowMoments* moments;   // [rows], written
  std::size_t rows, width;
  float epsilon;
};

/// The gradients of a RowNorm. Those of gain and offset are added to what stands there.
template <class Number>
struct RowNormBackward {
  const Number* x;             // [rows, width]
  const Number* gain;          // [width]
  const Number* out_gradient;  // [rows, width]
  const RowMoments* moments;   // [rows]
  Number* x_gradient;          // [rows, width]
  float* gain_gradient;        // [width]
  float* offset_gradient;      // [width]
  std::size_t rows, width;
};

void normalise(const RowNorm<float>& norm);
void normalise(const RowNorm<Bfloat16>& norm);
void backpropagate(const RowNormBackward<float>& norm);
void backpropagate(const RowNormBackward<Bfloat16>& norm);

}  // namespace imagine::kernels
