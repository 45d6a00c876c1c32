/// All parameters of a network as a few flat tensors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "tensor/types.h"

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

  /// Another network of the same kind computes with the same weights, and has a gradient of its
  /// own: several threads can learn at once.
  void add_replica(torch::nn::Module& network);

  bool is_on_cpu() const { return master_.is_cpu(); }
  int64_t count() const { return master_.numel(); }
  torch::Dtype compute_type() const { return compute_.scalar_type(); }
  /// Elements before this one belong to matrices.
  int64_t matrices_end() const { return matrices_end_; }
  const std::vector<Slot>& slots() const { return slots_; }

  Tensor& master() { return master_; }  // [count] fp32
  /// [count] fp32, summed over passes
  Tensor& gradient() { return gradients_[0].sum; }

  /// Adds what the last backward pass of a replica (0: the network itself) left in the compute
  /// type's gradient to the replica's own sum, then clears it.
  void collect_gradient(std::size_t replica = 0);
  /// Adds the replicas' sums to the gradient, always in the same order, and clears them.
  void join_gradients() { join_gradients(0, count()); }
  /// The same of the elements from `begin` to before `end`.
  void join_gradients(int64_t begin, int64_t end);
  /// Called with a parameter's number in slots() whenever a backward pass has added to its sum,
  /// from any thread. Only on the CPU in fp32: else what a pass adds is not in the sum yet, and it
  /// is never called.
  using OnAdded = std::function<void(std::size_t slot)>;
  void when_added(OnAdded on_added);
  /// Casts the masters, or other weights of that shape such as an average, into the network.
  void publish() { publish(master_); }
  void publish(const Tensor& weights);

 private:
  struct Gradient {
    Tensor computed;  // [count] in the compute type, where backward passes add
    Tensor sum;       // [count] fp32; the same memory where that is the compute type
  };

  std::vector<Slot> slots_;
  int64_t matrices_end_ = 0;
  Tensor compute_, master_;
  std::vector<Gradient> gradients_;
  std::vector<std::vector<Tensor>> leaves_;  // of each replica, in the order of the slots
};

/// One parameter's part of any flat tensor, in its shape.
Tensor view_of(const Tensor& flat, const Slot& slot);

}  // namespace imagine::train
