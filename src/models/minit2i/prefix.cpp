#include "models/minit2i/prefix.h"

#include <cmath>

#include <torch/utils.h>

namespace imagine::models {
namespace {

constexpr int64_t kRates = 128;
constexpr double kPeriod = 10000;

nn::FrozenLinear layer_of(torch::nn::Module& owner, const char* name, int64_t in, int64_t out) {
  return owner.register_module(name, nn::FrozenLinear(in, out));
}

}  // namespace

ScalarEmbedderImpl::ScalarEmbedderImpl(int64_t width) : first_(nullptr), second_(nullptr) {
  auto& mlp = group_in(*this, "mlp");
  first_ = layer_of(mlp, "0", 2 * kRates, width);
  second_ = layer_of(mlp, "2", width, width);
}

Tensor ScalarEmbedderImpl::forward(double value, torch::Dtype dtype) {
  const auto rates =
      torch::exp(-std::log(kPeriod) * torch::arange(kRates, torch::kDouble) / kRates);
  const auto angles = (value * rates).unsqueeze(0);  // [1, kRates]
  const auto waves = torch::cat({angles.cos(), angles.sin()}, 1).to(first_->weight.device(), dtype);
  return second_(torch::silu(first_(waves)));
}

StudentPrefix::StudentPrefix(torch::nn::Module& network, const MmJitConfig& config)
    : aux_pooled_embedder_(network.register_module(
          "aux_pooled_embedder",
          nn::FrozenLinear(config.txt_input_size, config.hidden_size, /*biased=*/false))),
      omega_embedder_(
          network.register_module("omega_embedder", ScalarEmbedder(config.hidden_size))),
      t_min_embedder_(
          network.register_module("t_min_embedder", ScalarEmbedder(config.hidden_size))),
      t_max_embedder_(
          network.register_module("t_max_embedder", ScalarEmbedder(config.hidden_size))),
      h_embedder_(network.register_module("h_embedder", ScalarEmbedder(config.hidden_size))) {
  const auto tokens = [&](const char* name, int64_t count) {
    return nn::unfilled(network, name, {1, count, config.hidden_size});
  };
  context_tokens_ = tokens("context_tokens", *config.num_context_tokens);
  omega_tokens_ = tokens("omega_tokens", *config.num_cfg_tokens);
  t_min_tokens_ = tokens("t_min_tokens", *config.num_interval_tokens);
  t_max_tokens_ = tokens("t_max_tokens", *config.num_interval_tokens);
  time_tokens_ = tokens("time_tokens", *config.num_time_tokens);
}

Tensor StudentPrefix::forward(const Tensor& states, const StudentConditioning& told,
                              torch::Dtype dtype) {
  const auto rows = states.size(0);
  const auto group = [&](const Tensor& tokens, const Tensor& embedding) {
    const auto all = tokens.to(torch::kFloat) + embedding.to(torch::kFloat).unsqueeze(1);
    return all.expand({rows, -1, -1});
  };
  const auto whole = aux_pooled_embedder_(states.mean(1).to(dtype));  // [B, D]
  return torch::cat({group(context_tokens_, whole),
                     group(omega_tokens_, omega_embedder_(1 - 1 / told.omega, dtype)),
                     group(t_min_tokens_, t_min_embedder_(told.t_min, dtype)),
                     group(t_max_tokens_, t_max_embedder_(told.t_max, dtype)),
                     group(time_tokens_, h_embedder_(told.step, dtype))},
                    1);
}

}  // namespace imagine::models
