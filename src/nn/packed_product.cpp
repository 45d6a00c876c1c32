#include "nn/packed_product.h"

#include <ATen/Parallel.h>
#include <mutex>
#include <optional>
#include <string_view>

#include <torch/utils.h>

#include "kernels/few_rows.h"
#include "nn/numbers.h"
#include "nn/operation.h"
#include "nn/packed.h"

namespace imagine::nn {
namespace {

constexpr int64_t kUsualRows = 1024;  // others work too
constexpr int64_t kOutsTogether = 4;  // of a weight, in kernels::FewRows
constexpr int64_t kTask = 16;         // of those for a thread
constexpr auto kPack = "onednn::qlinear_prepack", kMultiply = "onednn::qlinear_pointwise";

/// weight [N, K] int8 -> opaque
Tensor packed_bytes(const Tensor& weight, int64_t rows) {
  using Signature = Tensor(Tensor, std::optional<torch::List<int64_t>>);
  static const auto call = operation<Signature>(kPack);
  return call.call(weight, torch::List<int64_t>{rows, weight.size(1)});
}

/// A weight of bytes, packed, with what makes numbers of its products.
struct PackedBytes {
  Tensor values;        // opaque
  Tensor steps, zeros;  // [N], float and int64
};

/// rows [R, K] of bytes around kernels::kZeroByte: [R, N]
Tensor packed_multiplied(const Tensor& rows, const PackedBytes& weight, torch::Dtype dtype) {
  using Signature =
      Tensor(Tensor, double, int64_t, Tensor, Tensor, Tensor, std::optional<Tensor>, double,
             int64_t, std::optional<torch::Dtype>, c10::string_view, Scalars, c10::string_view);
  static const auto call = operation<Signature>(kMultiply);
  return call.call(rows, 1.0, kernels::kZeroByte, weight.values, weight.steps, weight.zeros,
                   std::nullopt, 1.0, 0, dtype, "none", Scalars(), "");
}

/// Whether sums of products come out whole. On processors without VNNI oneDNN adds them in pairs
/// of 16 bits, which the largest bytes exceed: all would be clipped in silence.
bool sums_are_whole() {
  constexpr int64_t kRows = 8, kWidth = 256, kOuts = 64;
  constexpr int kLargestWeight = 127, kLargestRow = 255;
  const auto weight = torch::full({kOuts, kWidth}, kLargestWeight, torch::kChar);
  const PackedBytes packed{.values = packed_bytes(weight, kRows),
                           .steps = torch::ones({kOuts}),
                           .zeros = torch::zeros({kOuts}, torch::kLong)};
  const auto rows = torch::full({kRows, kWidth}, kLargestRow, torch::kByte);
  const auto made = packed_multiplied(rows, packed, torch::kFloat);
  return (made == float(kWidth * kLargestWeight * (kLargestRow - kernels::kZeroByte)))
      .all()
      .item<bool>();
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

/// Of few rows with a weight as files have it [N, K]: [R, N].
Tensor few_multiplied(const Tensor& bytes, const Tensor& weight, const Tensor& steps,
                      torch::Dtype dtype) {
  const auto count = bytes.size(0), width = weight.size(1), outs = weight.size(0);
  auto out = torch::empty({count, outs}, dtype);
  for_numbers_of(out, [&]<class Number>(Number) {
    at::parallel_for(0, outs / kOutsTogether, kTask, [&](int64_t begin, int64_t end) {
      const auto first = begin * kOutsTogether;
      kernels::multiply(
          kernels::FewRows<Number>{.rows = numbers<std::uint8_t>(bytes),
                                   .weight = numbers<std::int8_t>(weight) + first * width,
                                   .steps = numbers<float>(steps) + first,
                                   .out = numbers<Number>(out) + first,
                                   .count = std::size_t(count),
                                   .width = std::size_t(width),
                                   .outs = std::size_t((end - begin) * kOutsTogether),
                                   .stride = std::size_t(outs)});
    });
  });
  return out;
}

}  // namespace

/// A weight of bytes [N, K].
struct PackedLinear::Bytes {
  std::mutex packing;
  Tensor plain;        // as files have it; undefined once it is packed
  PackedBytes packed;  // its values are undefined until then

  void pack() {
    packed.values = packed_bytes(plain, kUsualRows);
    plain = Tensor();
  }
};

bool can_multiply_bytes() {
  static const bool can = is_registered(kPack) && is_registered(kMultiply) && sums_are_whole();
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
    bytes_ = std::make_shared<Bytes>();
    bytes_->plain = weight.contiguous().detach();  // see above
    bytes_->packed.steps = joined(scales).contiguous();
    bytes_->packed.zeros = torch::zeros({weight.size(0)}, torch::kLong);
    if (arithmetic.few_rows == 0 || weight.size(0) % kOutsTogether != 0) bytes_->pack();
  } else {
    const bool packs = can_pack(weight, weight.scalar_type());
    weight_ = packs ? packed_linear_weight(weight) : weight;
  }
  for (auto layer : layers) {  // a const holder cannot be called, its copy can
    const auto& kept = bytes_ ? bytes_->plain : weight_;
    const bool is_shared = is_plain(kept) && kept.is_alias_of(layer->weight);
    layer->release(/*copied=*/!is_shared);
  }
}

ProductOf PackedLinear::operator()(const Factor& rows) const {
  if (!arithmetic_.bytes) return {.values = packed_linear(rows.values, weight_, {})};
  return multiplied(rows);
}

ProductOf PackedLinear::multiplied(const Factor& rows) const {
  Tensor plain;
  PackedBytes packed;
  {
    const std::lock_guard lock(bytes_->packing);
    if (bytes_->plain.defined() && rows.values.size(0) > arithmetic_.few_rows) bytes_->pack();
    plain = bytes_->plain, packed = bytes_->packed;
  }
  const auto dtype = arithmetic_.dtype;
  if (plain.defined()) {
    return {.values = few_multiplied(rows.values, plain, packed.steps, dtype), .steps = rows.steps};
  }
  return {.values = packed_multiplied(rows.values, packed, dtype), .steps = rows.steps};
}

}  // namespace imagine::nn
