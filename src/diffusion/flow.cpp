#include "diffusion/flow.h"

#include <torch/utils.h>

namespace imagine::diffusion {

Tensor mix(const Tensor& clean, const Tensor& noise, const Tensor& t) {
  return torch::lerp(noise, clean, t.view({-1, 1, 1, 1}));
}

Tensor logit_normal_times(int64_t count, double mean, double std, torch::Generator& generator) {
  const auto slice = torch::arange(count, torch::kDouble);
  const auto inside = torch::rand({count}, generator, torch::kDouble).clamp(1e-4, 1 - 1e-4);
  const auto quantile = (slice + inside) / double(count);
  return torch::sigmoid(mean + std * torch::special_ndtri(quantile)).to(torch::kFloat);
}

Tensor velocity_loss(const Tensor& predicted, const Tensor& clean, const Tensor& t) {
  const auto error = (predicted - clean).square().mean({1, 2, 3});  // [B]
  return error / (1 - t).clamp_min(0.05).square();
}

}  // namespace imagine::diffusion
