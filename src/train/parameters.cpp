#include "train/parameters.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::train {

Tensor view_of(const Tensor& flat, const Slot& slot) {
  return flat.narrow(0, slot.offset, slot.count).view(slot.shape);
}

FlatParameters::FlatParameters(torch::nn::Module& network, torch::Dtype compute) {
  torch::NoGradGuard no_grad;
  auto parameters = network.named_parameters().pairs();
  std::stable_partition(parameters.begin(), parameters.end(),
                        [](const auto& named) { return named.second.dim() >= 2; });
  int64_t count = 0;
  for (const auto& [name, parameter] : parameters) {
    slots_.push_back({name, parameter.sizes().vec(), count, parameter.numel()});
    count += parameter.numel();
    if (parameter.dim() >= 2) matrices_end_ = count;
  }
  const auto options = parameters.front().second.options().requires_grad(false);
  master_ = torch::empty({count}, options.dtype(torch::kFloat));
  gradient_ = torch::zeros_like(master_);
  compute_ = torch::empty({count}, options.dtype(compute));
  compute_gradient_ = torch::zeros_like(compute_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& parameter = parameters[i].second;
    view_of(master_, slots_[i]).copy_(parameter);
    parameter.set_data(view_of(compute_, slots_[i]));
    parameter.mutable_grad() = view_of(compute_gradient_, slots_[i]);
  }
  publish();
}

void FlatParameters::collect_gradient() {
  gradient_.add_(compute_gradient_);
  compute_gradient_.zero_();
}

void FlatParameters::publish(const Tensor& weights) {
  torch::NoGradGuard no_grad;
  compute_.copy_(weights);
}

}  // namespace imagine::train
