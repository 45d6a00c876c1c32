/// The types that travel between the folders, and the letters of their shapes.
///
/// B batch, T text tokens, D width of the text states, C channels, H height, W width,
/// N image tokens (H * W of the token grid).
#pragma once

#include <torch/types.h>

namespace imagine {

using torch::Tensor;

/// What a prompt is to a network: the last hidden states of a frozen language model.
struct TextEmbedding {
  Tensor states;  // [B, T, D], float
  Tensor mask;    // [B, T], bool; true where a token stands
  Tensor emphasis =
      {};  // [B, T], float: the logarithm of each token's weight; undefined: 1 for all
};

}  // namespace imagine
