/// T5's encoder as it reads on a processor: weights packed, and what stands between its matrix
/// products done in one pass each.
#pragma once

#include <vector>

#include "nn/token_rows.h"
#include "text/t5.h"

namespace imagine::text {

/// Whether packed weights are multiplied faster than as files have them: in fp32 they are not, and
/// take memory beside the file.
bool gains_by_packing(const nn::Arithmetic& arithmetic);

/// The tokens of prompts, [B, T] each.
struct T5Tokens {
  const Tensor& ids;
  const Tensor& mask;
};

class PackedT5Block {
 public:
  /// Takes the block's weights over.
  PackedT5Block(T5BlockImpl& block, const nn::Arithmetic& arithmetic);

  /// x [B, T, D] float, contiguous, changed in place; bias as in T5Block. Attention is in fp32.
  void forward(const Tensor& x, const Tensor& bias) const;

 private:
  void feed(const Tensor& rows, const nn::Factor& seen) const;
  Tensor gated(const nn::ProductOf& product) const;

  nn::Arithmetic arithmetic_;
  int64_t heads_;
  bool gated_;
  double epsilon_;
  Tensor attention_gain_, feed_forward_gain_;  // [D] float
  nn::PackedLinear qkv_, o_, wi_, wo_;
};

/// Reads once and packs each block as its turn comes, so that one of them is held at a time.
/// `network` cannot be used any more.
Tensor read_packing(T5 network, const nn::Arithmetic& arithmetic, const T5Tokens& tokens,
                    const StopCheck& stop = {});

/// T5 with packed blocks: the same states, within what `arithmetic` costs.
class PackedT5 {
 public:
  /// Takes the blocks' weights over: `network` cannot be used any more.
  PackedT5(T5 network, const nn::Arithmetic& arithmetic);

  /// As T5's. Any number of threads may call it.
  Tensor forward(const T5Tokens& tokens, const StopCheck& stop = {}) const;

 private:
  T5 network_;
  std::vector<PackedT5Block> blocks_;
};

}  // namespace imagine::text
