#include "nn/attention.h"

#include <limits>
#include <optional>

#include <torch/utils.h>

namespace imagine::nn {

Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
              int64_t heads) {
  const auto split = [heads](const Tensor& x) {  // [B, N, C] -> [B, heads, N, C / heads]
    return x.unflatten(2, {heads, -1}).transpose(1, 2);
  };
  const auto mask = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return at::scaled_dot_product_attention(split(query), split(key), split(value), mask)
      .transpose(1, 2)
      .flatten(2);
}

Tensor attention_bias(const Tensor& mask, torch::Dtype dtype) {
  return torch::zeros(mask.sizes(), mask.options().dtype(dtype))
      .masked_fill(mask.logical_not(), -std::numeric_limits<float>::infinity())
      .unsqueeze(1)
      .unsqueeze(1);
}

}  // namespace imagine::nn
