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
  const float* bias;  // [width], or null: none
  std::size_t rows, width;
  float scale;
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
void backpropagate(const SoftmaxBackward<float>& task);
void backpropagate(const SoftmaxBackward<Bfloat16>& task);

}  // namespace imagine::kernels
