/// What networks do with the text of a batch.
#pragma once

#include <vector>

#include "tensor/types.h"

namespace imagine::tensor {

/// The mean of each prompt's states, padding left out: [B, D] float.
Tensor text_mean(const TextEmbedding& text);

/// All rows of all, the shorter ones padded: [sum of B, max T, D].
TextEmbedding joined(const std::vector<const TextEmbedding*>& texts);

/// cat(tensors) along the rows, where the shorter ones are first padded with `value` along `dim`; a
/// tensor of one row that comes several times in a row is not copied alone: [sum of B, ...].
Tensor joined_rows(const std::vector<Tensor>& tensors, int64_t dim, double value = 0);

/// Without a copy: [1, T, D].
TextEmbedding row_of(const TextEmbedding& text, int64_t index);

/// Without waiting for the copy where the text lies in page-locked memory.
TextEmbedding to_device(const TextEmbedding& text, torch::Device device);

}  // namespace imagine::tensor
