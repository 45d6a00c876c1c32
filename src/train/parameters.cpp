#include "train/parameters.h"

#include <algorithm>

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/utils.h>

namespace imagine::train {
namespace {

constexpr int64_t kChunk = 1 << 20;  // elements

std::vector<std::pair<std::string, Tensor>> matrices_first(torch::nn::Module& network) {
  auto parameters = network.named_parameters().pairs();
  std::stable_partition(parameters.begin(), parameters.end(),
                        [](const auto& named) { return named.second.dim() >= 2; });
  return parameters;
}

/// Autograd calls it after it has added to a parameter's gradient.
class AddedHook : public torch::autograd::PostAccumulateGradHook {
 public:
  AddedHook(FlatParameters::OnAdded on_added, std::size_t slot)
      : on_added_(std::move(on_added)), slot_(slot) {}

  void operator()(const Tensor&) override { on_added_(slot_); }

 private:
  FlatParameters::OnAdded on_added_;
  std::size_t slot_;
};

}  // namespace

Tensor view_of(const Tensor& flat, const Slot& slot) {
  return flat.narrow(0, slot.offset, slot.count).view(slot.shape);
}

FlatParameters::FlatParameters(torch::nn::Module& network, torch::Dtype compute) {
  int64_t count = 0;
  const auto parameters = matrices_first(network);
  for (const auto& [name, parameter] : parameters) {
    slots_.push_back({name, parameter.sizes().vec(), count, parameter.numel()});
    count += parameter.numel();
    if (parameter.dim() >= 2) matrices_end_ = count;
  }
  const auto options = parameters.front().second.options().requires_grad(false);
  master_ = torch::empty({count}, options.dtype(torch::kFloat));
  compute_ = torch::empty({count}, options.dtype(compute));
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    view_of(master_, slots_[i]).copy_(parameters[i].second.detach());
  }
  add_replica(network);
  publish();
}

void FlatParameters::add_replica(torch::nn::Module& network) {
  const auto sum = torch::zeros_like(master_);
  const bool same = compute_.scalar_type() == sum.scalar_type();
  gradients_.push_back({.computed = same ? sum : torch::zeros_like(compute_), .sum = sum});
  auto parameters = matrices_first(network);
  auto& leaves = leaves_.emplace_back();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& parameter = parameters[i].second;
    leaves.push_back(parameter);
    parameter.set_data(view_of(compute_, slots_[i]));
    parameter.mutable_grad() = view_of(gradients_.back().computed, slots_[i]);
  }
}

void FlatParameters::collect_gradient(std::size_t replica) {
  auto& [computed, sum] = gradients_[replica];
  if (computed.is_same(sum)) return;
  // On the CPU a sum over two types takes a copy in one of them.
  const auto step = is_on_cpu() ? kChunk : count();
  for (int64_t begin = 0; begin < count(); begin += step) {
    const auto part = std::min(step, count() - begin);
    sum.narrow(0, begin, part).add_(computed.narrow(0, begin, part));
  }
  computed.zero_();
}

void FlatParameters::join_gradients(int64_t begin, int64_t end) {
  const auto part = [&](const Gradient& gradient) {
    return gradient.sum.narrow(0, begin, end - begin);
  };
  for (std::size_t i = 1; i < gradients_.size(); ++i) {
    part(gradients_[0]).add_(part(gradients_[i]));
    part(gradients_[i]).zero_();
  }
}

void FlatParameters::when_added(OnAdded on_added) {
  const bool sums_at_once = gradients_[0].computed.is_same(gradients_[0].sum) && is_on_cpu();
  for (auto& leaves : leaves_) {
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      std::unique_ptr<torch::autograd::PostAccumulateGradHook> hook;
      if (on_added && sums_at_once) hook = std::make_unique<AddedHook>(on_added, i);
      torch::autograd::impl::set_post_acc_grad_hooks(leaves[i], std::move(hook));
    }
  }
}

void FlatParameters::publish(const Tensor& weights) {
  torch::NoGradGuard no_grad;
  compute_.copy_(weights);
}

}  // namespace imagine::train
