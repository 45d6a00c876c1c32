/// The softmax of attention scores, in place, forward and backward.
#pragma once

#include <cstddef>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// scores = softmax(scores * scale + bias), row by row. A row whose bias is -infinity everywhere
/// becomes not a number, as in LibTorch.
template <class Number>
struct Softmax {
  Number* scores;     // [rows, width]
  const float* bias;  // of the first row [width], or null: none
  std::size_t rows, width;
  float scale;
  std::size_t bias_stride = 0;  // from one row's bias to the next one's; 0: all have the same
};

/// The same without the division by a row's sum, which is left to what is read with the powers; of
/// bf16 within 1e-4 of a power, and its rounding.
template <class Number>
struct SoftmaxPowers {
  Number* scores;  // [rows, width]; become exp(scores * scale), over the largest of their row
  float* sums;     // [rows], of them
  std::size_t rows, width;
  float scale;  // above 0
};

/// From the gradient of what a Softmax left to that of the scores it was given.
template <class Number>
struct SoftmaxBackward {
  const Number* shares;  // [rows, width], what the softmax left
  Number* gradient;      // [rows, width], of the shares; becomes that of the scores
  std::size_t rows, width;
  float scale;
};

void softmax(const Softmax<float>& task);
void softmax(const Softmax<Bfloat16>& task);
void take_powers(const SoftmaxPowers<float>& task);
void take_powers(const SoftmaxPowers<Bfloat16>& task);
void backpropagate(const SoftmaxBackward<float>& task);
void backpropagate(const SoftmaxBackward<Bfloat16>& task);

}  // namespace imagine::kernels
