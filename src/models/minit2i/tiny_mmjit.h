/// For tests: a small MM-JiT with weights that mean something, and texts for it.
#pragma once

#include <torch/utils.h>

#include "models/minit2i/mmjit.h"

namespace imagine::models {

/// Heads of 12, which no vector register divides.
inline MmJitConfig tiny_mmjit(bool student) {
  MmJitConfig config{.image_size = 24,
                     .patch_size = 8,
                     .txt_input_size = 10,
                     .hidden_size = 36,
                     .txt_hidden_size = 36,
                     .depth_double = 2,
                     .txt_preamble_depth = 1,
                     .num_heads = 3,
                     .head_dim = 12,
                     .pca_channels = 5,
                     .prompt_length = 7};
  if (student) {
    config.num_context_tokens = 3, config.num_cfg_tokens = 2;
    config.num_interval_tokens = 1, config.num_time_tokens = 2;
    config.omega = 12, config.t_min = 0.2, config.t_max = 0.8, config.sampler = "mean_flow";
  }
  config.validate();
  return config;
}

inline MmJit filled(const MmJitConfig& config) {
  torch::manual_seed(4);
  MmJit network(config);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network->parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()) * 0.2);
  }
  return network;
}

inline TextEmbedding some_text(int64_t rows, int64_t tokens) {
  return {.states = torch::randn({rows, tokens, 10}),
          .mask = torch::ones({rows, tokens}, torch::kBool)};
}

}  // namespace imagine::models
