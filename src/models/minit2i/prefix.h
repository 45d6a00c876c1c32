/// What stands before the text of a student: tokens that tell it the whole text, how it is guided
/// and how long its steps are, all at once and not step by step.
#pragma once

#include <memory>

#include "models/minit2i/mmjit_config.h"
#include "nn/frozen.h"
#include "tensor/types.h"

namespace imagine::models {

/// What a student is told: it draws what its teacher would, guided with scale `omega` from noise
/// level `t_min` to `t_max` (Geng et al. 2025, "Mean flows for one-step generative modeling"), in
/// steps of `step`; levels from 0 (clean) to 1 (noise).
struct StudentConditioning {
  double omega = 12, t_min = 0.2, t_max = 0.8;
  double step = 0.25;
};

/// An empty module, for its place in the names.
inline torch::nn::Module& group_in(torch::nn::Module& owner, const char* name) {
  return *owner.register_module(name, std::make_shared<torch::nn::Module>());
}

/// A number as a vector: its cosines and sines at 128 rates, then two layers.
class ScalarEmbedderImpl : public torch::nn::Module {
 public:
  explicit ScalarEmbedderImpl(int64_t width);
  Tensor forward(double value, torch::Dtype dtype);  // -> [1, width]

 private:
  nn::FrozenLinear first_, second_;
};
TORCH_MODULE(ScalarEmbedder);

/// The tokens of one thing and the embedding that is added to each of them.
class StudentPrefix {
 public:
  /// Registers its layers in the network, with the published names.
  StudentPrefix(torch::nn::Module& network, const MmJitConfig& config);

  /// states [B, T, txt_input_size], the mask token where there is no text -> [B, P, D] float
  Tensor forward(const Tensor& states, const StudentConditioning& told, torch::Dtype dtype);

 private:
  nn::FrozenLinear aux_pooled_embedder_;
  ScalarEmbedder omega_embedder_, t_min_embedder_, t_max_embedder_, h_embedder_;
  Tensor context_tokens_, omega_tokens_, t_min_tokens_, t_max_tokens_, time_tokens_;  // [1, P, D]
};

}  // namespace imagine::models
