/// All parameters of a network as a few flat tensors.
#pragma once

#include <vector>

#include <torch/nn/module.h>

#include "core/types.h"

namespace imagine::train {

/// Where one parameter lies in the flat tensors.
struct Slot {
  std::string name;
  std::vector<int64_t> shape;
  int64_t offset;
  int64_t count;
};

/// Moves a network's parameters into one flat tensor in the compute type, with a flat gradient
/// beside it and flat fp32 masters behind it: one pass each casts, clips, updates and averages all
/// of them. Matrices (two and more dimensions, what Muon and weight decay act on) come first.
class FlatParameters {
 public:
  /// `network` keeps its modules; its parameters become views, in `compute` type.
  FlatParameters(torch::nn::Module& network, torch::Dtype compute);

  int64_t count() const { return master_.numel(); }
  torch::Dtype compute_type() const { return compute_.scalar_type(); }
  /// Elements before this one belong to matrices.
  int64_t matrices_end() const { return matrices_end_; }
  const std::vector<Slot>& slots() const { return slots_; }

  Tensor& master() { return master_; }      // [count] fp32
  Tensor& gradient() { return gradient_; }  // [count] fp32, summed over micro-batches

  /// Adds what the last backward pass left in the compute type's gradient, then clears that.
  void collect_gradient();
  /// Casts the masters, or other weights of that shape such as an average, into the network.
  void publish() { publish(master_); }
  void publish(const Tensor& weights);

 private:
  std::vector<Slot> slots_;
  int64_t matrices_end_ = 0;
  Tensor compute_, compute_gradient_, master_, gradient_;
};

/// One parameter's part of any flat tensor, in its shape.
Tensor view_of(const Tensor& flat, const Slot& slot);

}  // namespace imagine::train
