#include "text/frozen.h"

#include <torch/utils.h>

namespace imagine::text {
namespace {

torch::Tensor unfilled(torch::nn::Module& module, const char* name, torch::IntArrayRef shape) {
  return module.register_parameter(name, torch::empty(shape), /*requires_grad=*/false);
}

}  // namespace

FrozenLinearImpl::FrozenLinearImpl(int64_t in, int64_t out)
    : weight(unfilled(*this, "weight", {out, in})), bias(unfilled(*this, "bias", {out})) {}

torch::Tensor FrozenLinearImpl::forward(const torch::Tensor& x) {
  return torch::linear(x, weight, bias);
}

FrozenEmbeddingImpl::FrozenEmbeddingImpl(int64_t count, int64_t width)
    : weight(unfilled(*this, "weight", {count, width})) {}

torch::Tensor FrozenEmbeddingImpl::forward(const torch::Tensor& ids) {
  return torch::embedding(weight, ids);
}

FrozenLayerNormImpl::FrozenLayerNormImpl(int64_t width, double epsilon)
    : weight(unfilled(*this, "weight", {width})),
      bias(unfilled(*this, "bias", {width})),
      epsilon(epsilon) {}

torch::Tensor FrozenLayerNormImpl::forward(const torch::Tensor& x) {
  return torch::layer_norm(x, weight.sizes(), weight, bias, epsilon);
}

}  // namespace imagine::text
