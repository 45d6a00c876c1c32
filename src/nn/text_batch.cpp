#include "nn/text_batch.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::nn {
namespace {

TextEmbedding padded(const TextEmbedding& text, int64_t length) {
  const auto missing = length - text.mask.size(1);
  return {.states = torch::constant_pad_nd(text.states, {0, 0, 0, missing}),
          .mask = torch::constant_pad_nd(text.mask, {0, missing})};
}

}  // namespace

Tensor text_mean(const TextEmbedding& text) {
  const auto weight = text.mask.unsqueeze(2).to(torch::kFloat);  // [B, T, 1]
  return (text.states.to(torch::kFloat) * weight).sum(1) / weight.sum(1);
}

TextEmbedding joined(const TextEmbedding& first, const TextEmbedding& second) {
  const auto length = std::max(first.mask.size(1), second.mask.size(1));
  const auto a = padded(first, length), b = padded(second, length);
  return {.states = torch::cat({a.states, b.states}), .mask = torch::cat({a.mask, b.mask})};
}

TextEmbedding repeated(const TextEmbedding& text, int64_t count) {
  return {.states = text.states.expand({count, -1, -1}), .mask = text.mask.expand({count, -1})};
}

TextEmbedding to_device(const TextEmbedding& text, torch::Device device) {
  return {.states = text.states.to(device, /*non_blocking=*/true),
          .mask = text.mask.to(device, /*non_blocking=*/true)};
}

}  // namespace imagine::nn
