#include "nn/frozen.h"

#include <torch/utils.h>

namespace imagine::nn {
namespace {

using torch::Tensor;

/// A parameter of that shape and no memory.
Tensor unfilled(torch::nn::Module& module, const char* name, torch::IntArrayRef shape) {
  return module.register_parameter(name, torch::zeros({}).expand(shape), /*requires_grad=*/false);
}

/// As the input's type; undefined stays undefined.
Tensor typed(const Tensor& stored, const Tensor& x) {
  return stored.defined() ? stored.to(x.scalar_type()) : stored;
}

}  // namespace

FrozenLinearImpl::FrozenLinearImpl(int64_t in, int64_t out, bool biased)
    : weight(unfilled(*this, "weight", {out, in})) {
  if (biased) bias = unfilled(*this, "bias", {out});
}

Tensor FrozenLinearImpl::forward(const Tensor& x) {
  return torch::linear(x, typed(weight, x), typed(bias, x));
}

FrozenConv2dImpl::FrozenConv2dImpl(int64_t in, int64_t out, int64_t kernel)
    : weight(unfilled(*this, "weight", {out, in, kernel, kernel})),
      bias(unfilled(*this, "bias", {out})),
      padding(kernel / 2) {}

Tensor FrozenConv2dImpl::forward(const Tensor& x) {
  return torch::conv2d(x, typed(weight, x), typed(bias, x), /*stride=*/1, padding);
}

FrozenEmbeddingImpl::FrozenEmbeddingImpl(int64_t count, int64_t width)
    : weight(unfilled(*this, "weight", {count, width})) {}

Tensor FrozenEmbeddingImpl::forward(const Tensor& ids) { return torch::embedding(weight, ids); }

FrozenLayerNormImpl::FrozenLayerNormImpl(int64_t width, double epsilon)
    : weight(unfilled(*this, "weight", {width})),
      bias(unfilled(*this, "bias", {width})),
      epsilon(epsilon) {}

Tensor FrozenLayerNormImpl::forward(const Tensor& x) {
  return torch::layer_norm(x, weight.sizes(), typed(weight, x), typed(bias, x), epsilon);
}

FrozenRmsNormImpl::FrozenRmsNormImpl(int64_t width, double epsilon)
    : weight(unfilled(*this, "weight", {width})), epsilon(epsilon) {}

Tensor FrozenRmsNormImpl::forward(const Tensor& x) {
  return x * torch::rsqrt(x.square().mean(-1, /*keepdim=*/true) + epsilon) * typed(weight, x);
}

FrozenGroupNormImpl::FrozenGroupNormImpl(int64_t groups, int64_t channels, double epsilon)
    : weight(unfilled(*this, "weight", {channels})),
      bias(unfilled(*this, "bias", {channels})),
      groups(groups),
      epsilon(epsilon) {}

Tensor FrozenGroupNormImpl::forward(const Tensor& x) {
  return torch::group_norm(x, groups, typed(weight, x), typed(bias, x), epsilon);
}

}  // namespace imagine::nn
