/// Layers of a frozen language model. They are born without values, because a file always fills
/// them: drawing and then dropping initial values would be most of the loading time.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace imagine::text {

struct FrozenLinearImpl : torch::nn::Module {
  FrozenLinearImpl(int64_t in, int64_t out);
  torch::Tensor forward(const torch::Tensor& x);  // [..., in] -> [..., out]

  torch::Tensor weight;  // [out, in]
  torch::Tensor bias;    // [out]
};
TORCH_MODULE(FrozenLinear);

struct FrozenEmbeddingImpl : torch::nn::Module {
  FrozenEmbeddingImpl(int64_t count, int64_t width);
  torch::Tensor forward(const torch::Tensor& ids);  // [...] -> [..., width]

  torch::Tensor weight;  // [count, width]
};
TORCH_MODULE(FrozenEmbedding);

/// Over the last dimension, with fp32 statistics.
struct FrozenLayerNormImpl : torch::nn::Module {
  FrozenLayerNormImpl(int64_t width, double epsilon);
  torch::Tensor forward(const torch::Tensor& x);  // [..., width]

  torch::Tensor weight;  // [width]
  torch::Tensor bias;    // [width]
  double epsilon;
};
TORCH_MODULE(FrozenLayerNorm);

}  // namespace imagine::text
