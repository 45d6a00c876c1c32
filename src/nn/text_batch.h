/// What networks do with the text of a batch.
#pragma once

#include "core/types.h"

namespace imagine::nn {

/// The mean of each prompt's states, padding left out: [B, D] float.
Tensor text_mean(const TextEmbedding& text);

/// The rows of both, the shorter ones padded: [B1 + B2, max(T1, T2), D].
TextEmbedding joined(const TextEmbedding& first, const TextEmbedding& second);

/// The one row of `text`, `count` times, without a copy.
TextEmbedding repeated(const TextEmbedding& text, int64_t count);

/// Without waiting for the copy where the text lies in page-locked memory.
TextEmbedding to_device(const TextEmbedding& text, torch::Device device);

}  // namespace imagine::nn
