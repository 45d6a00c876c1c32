#include "diffusion/flow.h"

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::diffusion {

SamplingSchedule flow_schedule(int64_t count, double shift, double begin) {
  check<ConfigError>(count >= 1, "steps: expected at least 1, got ", count);
  const auto level = [&](int64_t i) {
    const double even = double(i) / double(count);
    return flow_level(begin + (1 - begin) * even / (even + shift * (1 - even)));
  };
  SamplingSchedule schedule;
  for (int64_t i = 0; i < count; ++i)
    schedule.steps.push_back({.from = level(i), .to = level(i + 1)});
  return schedule;
}

double shift_for(int64_t count, double first_step) {
  return first_step > 0 && count > 1 ? (1 / first_step - 1) / double(count - 1) : 1;
}

Tensor mix(const Tensor& clean, const Tensor& noise, const Tensor& t) {
  return torch::lerp(noise, clean, t.view({-1, 1, 1, 1}));
}

Tensor logit_normal_times(int64_t count, double mean, double std, torch::Generator& generator) {
  const auto options = torch::dtype(torch::kDouble).device(generator.device());
  const auto slice = torch::arange(count, options);
  const auto inside = torch::rand({count}, generator, options).clamp(1e-4, 1 - 1e-4);
  const auto quantile = (slice + inside) / double(count);
  return torch::sigmoid(mean + std * torch::special_ndtri(quantile)).to(torch::kFloat);
}

Tensor velocity_loss(const Tensor& predicted, const Tensor& clean, const Tensor& t) {
  const auto error = (predicted - clean).square().mean({1, 2, 3});  // [B]
  return error / (1 - t).clamp_min(0.05).square();
}

}  // namespace imagine::diffusion
