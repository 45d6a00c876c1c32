#include "tensor/text_batch.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::tensor {
Tensor text_mean(const TextEmbedding& text) {
  const auto weight = text.mask.unsqueeze(2).to(torch::kFloat);  // [B, T, 1]
  return (text.states.to(torch::kFloat) * weight).sum(1) / weight.sum(1);
}

Tensor joined_rows(const std::vector<Tensor>& tensors, int64_t dim, double value) {
  const auto& first = tensors.front();
  const auto is_first = [&](const Tensor& tensor) { return tensor.is_same(first); };
  if (first.size(0) == 1 && std::ranges::all_of(tensors, is_first)) {
    auto sizes = first.sizes().vec();
    sizes.front() = std::ssize(tensors);
    return first.expand(sizes);
  }
  int64_t length = 0;
  for (const auto& tensor : tensors) length = std::max(length, tensor.size(dim));
  std::vector<Tensor> padded;
  for (const auto& tensor : tensors) {
    std::vector<int64_t> behind(std::size_t(2 * (tensor.dim() - dim)));  // from the last dim on
    behind.back() = length - tensor.size(dim);
    padded.push_back(behind.back() > 0 ? torch::constant_pad_nd(tensor, behind, value) : tensor);
  }
  return torch::cat(padded);
}

TextEmbedding joined(const std::vector<const TextEmbedding*>& texts) {
  std::vector<Tensor> states, masks;
  for (const auto* text : texts) states.push_back(text->states), masks.push_back(text->mask);
  const bool emphasises = std::ranges::any_of(
      texts, [](const TextEmbedding* text) { return text->emphasis.defined(); });
  TextEmbedding all{.states = joined_rows(states, 1), .mask = joined_rows(masks, 1)};
  if (!emphasises) return all;
  std::vector<Tensor> emphases;
  for (const auto* text : texts) {
    emphases.push_back(text->emphasis.defined() ? text->emphasis
                                                : torch::zeros_like(text->mask, torch::kFloat));
  }
  all.emphasis = joined_rows(emphases, 1);
  return all;
}

namespace {

template <class Change>
TextEmbedding each(const TextEmbedding& text, const Change& change) {
  return {.states = change(text.states),
          .mask = change(text.mask),
          .emphasis = text.emphasis.defined() ? change(text.emphasis) : Tensor()};
}

}  // namespace

TextEmbedding row_of(const TextEmbedding& text, int64_t index) {
  return each(text, [&](const Tensor& of) { return of.narrow(0, index, 1); });
}

TextEmbedding to_device(const TextEmbedding& text, torch::Device device) {
  return each(text, [&](const Tensor& of) { return of.to(device, /*non_blocking=*/true); });
}

}  // namespace imagine::tensor
