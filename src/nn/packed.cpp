#include "nn/packed.h"

#include <optional>
#include <string_view>

#include <torch/utils.h>

#include "nn/operation.h"

namespace imagine::nn {
namespace {

bool has_operations() {
  static const bool all = is_registered("mkldnn::_convolution_pointwise") &&
                          is_registered("mkldnn::_reorder_convolution_weight") &&
                          is_registered("mkldnn::_linear_pointwise") &&
                          is_registered("mkldnn::_reorder_linear_weight");
  return all;
}

/// What oneDNN asks of the processor, whether its bf16 is fast or not.
bool processor_packs_bf16() {
  constexpr auto kAsked = "mkldnn::_is_mkldnn_bf16_supported";
  static const bool supported = is_registered(kAsked) && operation<bool()>(kAsked).call();
  return supported;
}

std::optional<Tensor> optional(const Tensor& tensor) {
  return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt;
}

}  // namespace

bool can_pack(const Tensor& weight, torch::Dtype dtype) {
  const bool packs =
      dtype == torch::kFloat || (dtype == torch::kBFloat16 && processor_packs_bf16());
  return packs && weight.is_floating_point() && weight.element_size() > 1 && weight.is_cpu() &&
         !torch::GradMode::is_enabled() && has_operations();
}

Tensor packed_convolution_weight(const Tensor& weight, int64_t padding, torch::IntArrayRef sizes) {
  static const auto call =
      operation<Tensor(const Tensor&, torch::IntArrayRef, torch::IntArrayRef, torch::IntArrayRef,
                       int64_t, torch::OptionalIntArrayRef)>("mkldnn::_reorder_convolution_weight");
  return call.call(weight, {padding, padding}, {1, 1}, {1, 1}, 1, sizes);
}

Tensor packed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          int64_t padding) {
  static const auto call =
      operation<Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                       torch::IntArrayRef, torch::IntArrayRef, torch::IntArrayRef, int64_t,
                       std::string_view, Scalars, std::optional<std::string_view>)>(
          "mkldnn::_convolution_pointwise");
  return call.call(x.contiguous(torch::MemoryFormat::ChannelsLast), weight,
                   bias.to(x.scalar_type()), {padding, padding}, {1, 1}, {1, 1}, 1, "none",
                   Scalars(), "");
}

Tensor packed_convolution_plus(const Tensor& x, const Tensor& other, const PackedLayer& layer,
                               int64_t padding) {
  static const auto call =
      operation<Tensor(const Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&,
                       torch::IntArrayRef, torch::IntArrayRef, torch::IntArrayRef, int64_t,
                       std::string_view, std::optional<torch::Scalar>,
                       std::optional<std::string_view>, Scalars, std::optional<std::string_view>)>(
          "mkldnn::_convolution_pointwise", "binary");
  return call.call(x.contiguous(torch::MemoryFormat::ChannelsLast),
                   other.contiguous(torch::MemoryFormat::ChannelsLast), layer.weight,
                   layer.bias.to(x.scalar_type()), {padding, padding}, {1, 1}, {1, 1}, 1, "add",
                   std::nullopt, std::nullopt, Scalars(), std::nullopt);
}

Tensor packed_linear_weight(const Tensor& weight) {
  if (weight.scalar_type() == torch::kFloat) return weight.detach();
  static const auto call =
      operation<Tensor(const Tensor&, std::optional<int64_t>)>("mkldnn::_reorder_linear_weight");
  return call.call(weight, std::nullopt);
}

Tensor packed_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto call =
      operation<Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view,
                       Scalars, std::optional<std::string_view>)>("mkldnn::_linear_pointwise");
  const auto typed = bias.defined() ? bias.to(x.scalar_type()) : bias;
  if (!weight.is_mkldnn()) return torch::linear(x, weight, typed);
  return call.call(x.contiguous(), weight, optional(typed), "none", Scalars(), "");
}

}  // namespace imagine::nn
