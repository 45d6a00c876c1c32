#include "nn/packed_product.h"

#include <optional>
#include <string_view>

#include <torch/utils.h>

#include "nn/operation.h"
#include "nn/packed.h"

namespace imagine::nn {
namespace {

constexpr int64_t kUsualRows = 1024;  // others work too
constexpr auto kPack = "onednn::qlinear_prepack", kMultiply = "onednn::qlinear_pointwise";

/// weight [N, K] int8 -> opaque
Tensor packed_bytes(const Tensor& weight, int64_t rows) {
  using Signature = Tensor(Tensor, std::optional<torch::List<int64_t>>);
  static const auto call = operation<Signature>(kPack);
  return call.call(weight, torch::List<int64_t>{rows, weight.size(1)});
}

/// The products of bytes, times the steps of the weight's rows: [R, N].
Tensor multiplied(const Tensor& bytes, const BytesWeight& weight, torch::Dtype dtype) {
  using Signature =
      Tensor(Tensor, double, int64_t, Tensor, Tensor, Tensor, std::optional<Tensor>, double,
             int64_t, std::optional<torch::Dtype>, c10::string_view, Scalars, c10::string_view);
  static const auto call = operation<Signature>(kMultiply);
  return call.call(bytes, 1.0, kernels::kZeroByte, weight.values, weight.steps, weight.zeros,
                   std::nullopt, 1.0, 0, dtype, "none", Scalars(), "");
}

/// Bytes with a step for each row stay what they are.
Quantized bytes_of(const FrozenLinear& layer) {
  const auto &weight = layer->weight, &scale = layer->weight_scale;
  const bool is_coarse = weight.scalar_type() == torch::kChar && scale.numel() == weight.size(0);
  if (is_coarse) return {.values = weight.flatten(1), .scale = scale.to(torch::kFloat)};
  return quantized(scale.numel() > 0 ? numbers_of(weight, scale).flatten(1) : weight.flatten(1));
}

/// One after the other.
Tensor joined(const std::vector<Tensor>& parts) {
  return parts.size() == 1 ? parts.front() : torch::cat(parts);
}

/// Whether it has memory that another tensor may share.
bool is_plain(const Tensor& weight) { return weight.defined() && !weight.is_mkldnn(); }

}  // namespace

bool can_multiply_bytes() {
  static const bool can = is_registered(kPack) && is_registered(kMultiply);
  return can;
}

Factor Factor::empty(int64_t rows, int64_t width, const Arithmetic& arithmetic) {
  if (!arithmetic.bytes) return {.values = torch::empty({rows, width}, arithmetic.dtype)};
  return {.values = torch::empty({rows, width}, torch::kByte), .steps = torch::empty({rows})};
}

PackedLinear::PackedLinear(const std::vector<FrozenLinear>& layers, const Arithmetic& arithmetic)
    : arithmetic_(arithmetic) {
  std::vector<Tensor> weights, scales, biases;  // [N, K] and [N] in all
  for (const auto& layer : layers) {
    if (layer->bias.defined()) biases.push_back(layer->bias.to(torch::kFloat));
    if (arithmetic.bytes) {
      const auto coarse = bytes_of(layer);
      weights.push_back(coarse.values), scales.push_back(coarse.scale);
      continue;
    }
    // Detached: what is released is the parameter's own tensor, which may be these numbers.
    const auto numbers = numbers_of(layer->weight, layer->weight_scale).detach().flatten(1);
    weights.push_back(numbers.to(arithmetic.dtype));
  }
  if (!biases.empty()) bias_ = torch::cat(biases);
  const auto weight = joined(weights);
  if (arithmetic.bytes) {
    bytes_ = {.values = packed_bytes(weight, kUsualRows),
              .steps = joined(scales).contiguous(),
              .zeros = torch::zeros({weight.size(0)}, torch::kLong)};
  } else {
    const bool packs = can_pack(weight, weight.scalar_type());
    weight_ = packs ? packed_linear_weight(weight) : weight;
  }
  for (auto layer : layers) {  // a const holder cannot be called, its copy can
    const bool is_shared = is_plain(weight_) && weight_.is_alias_of(layer->weight);
    layer->release(/*copied=*/!is_shared);
  }
}

ProductOf PackedLinear::operator()(const Factor& rows) const {
  if (!arithmetic_.bytes) return {.values = packed_linear(rows.values, weight_, {})};
  return {.values = multiplied(rows.values, bytes_, arithmetic_.dtype), .steps = rows.steps};
}

}  // namespace imagine::nn
