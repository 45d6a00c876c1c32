/// AdamW and Muon over flat parameters.
#pragma once

#include <string>

#include "train/shares.h"

namespace imagine::train {

struct OptimizerConfig {
  std::string kind = "adamw";
  double beta1 = 0.9;
  double beta2 = 0.95;
  double weight_decay = 0.01;
  double momentum = 0.95;
  double muon_rate_scale = 2.5;
  double clip = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("kind", self.kind, "adamw, or muon (Muon on the blocks' matrices, AdamW on the rest)");
    field("beta1", self.beta1, "AdamW: decay of the gradient's mean");
    field("beta2", self.beta2, "AdamW: decay of the gradient's square");
    field("weight_decay", self.weight_decay, "pull of the matrices towards zero, times the rate");
    field("momentum", self.momentum, "Muon: Nesterov momentum");
    field("muon_rate_scale", self.muon_rate_scale, "Muon: its rate in units of AdamW's");
    field("clip", self.clip, "largest norm of the gradient; 0: no limit");
  }

  /// ConfigError naming the field.
  void validate() const;
};

/// Updates the masters from the summed gradient: all of them, or a share for which it holds the
/// moments.
class Optimizer {
 public:
  Optimizer(const OptimizerConfig& config, FlatParameters& parameters);
  Optimizer(const OptimizerConfig& config, FlatParameters& parameters, const Stretch& share);

  /// One update of all of them: clips, updates, clears the gradient and publishes the new weights,
  /// without waiting for the device. Returns the norm that the gradient had before clipping, [].
  Tensor step(double learning_rate);

  /// Of the share's gradient. []
  Tensor square_norm() const;
  /// Clips a gradient of which the whole has this norm [], updates and clears it, without waiting
  /// for the device; where the norm is not finite the weights and moments are lost. The new weights
  /// are not published.
  void step(double learning_rate, const Tensor& norm);

  /// What a checkpoint must keep to go on: fp32 [share] each, and the number of steps.
  Tensor& first_moment() { return first_; }
  Tensor& second_moment() { return second_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  struct Range {
    int64_t begin, end;
    double weight_decay;
  };
  void step_adamw(const Range& range, double learning_rate);
  void step_muon(double learning_rate);

  Tensor moment(const Tensor& moments, const Range& range) const;

  OptimizerConfig config_;
  FlatParameters& parameters_;
  Stretch share_;
  std::vector<Slot> muon_slots_;  // those of one shape side by side
  std::vector<Range> adamw_ranges_;
  Tensor first_, second_;
  int64_t steps_ = 0;
};

/// The orthogonal factor of each matrix of [N, m, n], nearly: five quintic Newton-Schulz steps in
/// bf16 (Jordan et al. 2024, "Muon", with the coefficients given there).
Tensor orthogonalised(const Tensor& matrices, torch::Dtype compute);

}  // namespace imagine::train
