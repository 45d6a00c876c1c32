#include "models/minit2i/initial_weights.h"

#include <torch/nn/init.h>
#include <torch/utils.h>

namespace imagine::models {
namespace {

constexpr double kTokens = 0.02;  // standard deviation of embeddings that stand for tokens

/// Of one layer: [out, in ...], all of `in` as one input.
Tensor glorot(torch::IntArrayRef shape) {
  auto weight = torch::empty(shape);
  torch::nn::init::xavier_uniform_(weight.view({shape.front(), -1}));
  return weight;
}

}  // namespace

void initialise(MmJitImpl& network) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network.named_parameters()) {
    const auto& name = item.key();
    auto& parameter = item.value();
    const auto shape = parameter.sizes().vec();
    const bool is_norm = shape.size() == 1 && name.ends_with("weight");
    const bool is_last = name.starts_with("final_layer.linear");
    if (is_norm) {
      parameter.set_data(torch::ones(shape));
    } else if (is_last || name.ends_with("bias")) {
      parameter.set_data(torch::zeros(shape));
    } else if (name.ends_with("weight")) {
      parameter.set_data(glorot(shape));
    } else {
      parameter.set_data(torch::randn(shape) * kTokens);
    }
  }
}

}  // namespace imagine::models
