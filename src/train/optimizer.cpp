#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::train {
namespace {

constexpr double kEpsilon = 1e-8;

/// Muon is for the hidden matrices of a network: those inside lists of blocks.
bool is_hidden_matrix(const Slot& slot) {
  return slot.shape.size() == 2 && slot.name.find("blocks.") != std::string::npos;
}

}  // namespace

void OptimizerConfig::validate() const {
  check<ConfigError>(kind == "adamw" || kind == "muon",
                     "optimizer.kind: expected adamw or muon, got \"", kind, "\"");
  const auto below_one = [](const char* name, double value) {
    check<ConfigError>(value >= 0 && value < 1, "optimizer.", name,
                       ": expected 0 <= value < 1, got ", value);
  };
  below_one("beta1", beta1), below_one("beta2", beta2), below_one("momentum", momentum);
  check<ConfigError>(weight_decay >= 0 && clip >= 0 && muon_rate_scale > 0,
                     "optimizer: expected weight_decay >= 0, clip >= 0 and muon_rate_scale > 0");
}

Tensor orthogonalised(const Tensor& matrices, torch::Dtype compute) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  const bool tall = matrices.size(1) > matrices.size(2);
  auto x = (tall ? matrices.mT() : matrices).to(compute);
  x = x / (x.norm(2, {1, 2}, /*keepdim=*/true) + 1e-7);
  for (int step = 0; step < 5; ++step) {
    const auto gram = x.bmm(x.mT());
    x = torch::baddbmm(x, torch::baddbmm(gram, gram, gram, b, c), x, a);
  }
  return (tall ? x.mT() : x).to(matrices.scalar_type());
}

Optimizer::Optimizer(const OptimizerConfig& config, FlatParameters& parameters)
    : Optimizer(config, parameters, {.begin = 0, .end = parameters.count()}) {}

Optimizer::Optimizer(const OptimizerConfig& config, FlatParameters& parameters,
                     const Stretch& share)
    : config_((config.validate(), config)),
      parameters_(parameters),
      share_(share),
      first_(torch::zeros_like(share.of(parameters.master()))),
      second_(torch::zeros_like(first_)) {
  for (const auto& slot : parameters.slots()) {
    const auto end = slot.offset + slot.count;
    if (slot.offset < share.begin || end > share.end) continue;
    const double decay = slot.offset < parameters.matrices_end() ? config.weight_decay : 0;
    if (config.kind == "muon" && is_hidden_matrix(slot)) {
      muon_slots_.push_back(slot);
    } else if (!adamw_ranges_.empty() && adamw_ranges_.back().end == slot.offset &&
               adamw_ranges_.back().weight_decay == decay) {
      adamw_ranges_.back().end = end;
    } else {
      adamw_ranges_.push_back({slot.offset, end, decay});
    }
  }
  std::ranges::stable_sort(muon_slots_, {}, &Slot::shape);
}

Tensor Optimizer::step(double learning_rate) {
  const auto norm = square_norm().sqrt();
  step(learning_rate, norm);
  parameters_.publish();
  return norm;
}

Tensor Optimizer::square_norm() const { return share_.of(parameters_.gradient()).norm().square(); }

void Optimizer::step(double learning_rate, const Tensor& norm) {
  torch::NoGradGuard no_grad;
  auto& gradient = parameters_.gradient();
  if (config_.clip > 0) share_.of(gradient).mul_((config_.clip / norm).clamp_max(1));
  ++steps_;
  for (const auto& range : adamw_ranges_) step_adamw(range, learning_rate);
  if (!muon_slots_.empty()) step_muon(learning_rate);
  gradient.zero_();
}

Tensor Optimizer::moment(const Tensor& moments, const Range& range) const {
  return moments.narrow(0, range.begin - share_.begin, range.end - range.begin);
}

void Optimizer::step_adamw(const Range& range, double learning_rate) {
  const auto part = [&](const Tensor& flat) {
    return std::vector<Tensor>{flat.narrow(0, range.begin, range.end - range.begin)};
  };
  const std::vector<Tensor> first{moment(first_, range)}, second{moment(second_, range)};
  // The kernel reads the number of the step that is being made.
  const std::vector<Tensor> steps{torch::full({}, double(steps_), first_.options())};
  at::_fused_adamw_(part(parameters_.master()), part(parameters_.gradient()), first, second, {},
                    steps, learning_rate, config_.beta1, config_.beta2, range.weight_decay,
                    kEpsilon, /*amsgrad=*/false, /*maximize=*/false);
}

void Optimizer::step_muon(double learning_rate) {
  const auto views = [&](const Tensor& flat) {
    std::vector<Tensor> parts;
    for (const auto& slot : muon_slots_) parts.push_back(view_of(flat, slot));
    return parts;
  };
  std::vector<Tensor> momenta;
  for (const auto& slot : muon_slots_) {
    momenta.push_back(moment(first_, {slot.offset, slot.offset + slot.count, 0}).view(slot.shape));
  }
  const auto masters = views(parameters_.master()), gradients = views(parameters_.gradient());
  at::_foreach_lerp_(momenta, gradients, 1 - config_.momentum);
  const auto nesterov = at::_foreach_lerp(gradients, momenta, config_.momentum);
  std::vector<Tensor> directions;
  for (auto same = nesterov.begin(); same != nesterov.end();) {
    const auto end = std::find_if(
        same, nesterov.end(), [&](const Tensor& other) { return other.sizes() != same->sizes(); });
    // 0.2 sqrt(max(m, n)) gives an update AdamW's usual size (Liu et al. 2025, "Muon is scalable").
    const double scale = 0.2 * std::sqrt(double(std::max(same->size(0), same->size(1))));
    const auto together =
        orthogonalised(torch::stack(std::vector<Tensor>(same, end)), parameters_.compute_type());
    for (const auto& direction : (together * scale).unbind()) directions.push_back(direction);
    same = end;
  }
  const double rate = learning_rate * config_.muon_rate_scale;
  at::_foreach_mul_(masters, 1 - rate * config_.weight_decay);
  at::_foreach_add_(masters, directions, -rate);
}

}  // namespace imagine::train
