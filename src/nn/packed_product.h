/// Matrix products with frozen weights in the order of bytes in which a processor multiplies
/// fastest: fp32, bf16, or bytes times bytes (Dettmers et al. 2022, "LLM.int8()", sec. 2: a step
/// for each row of both factors).
#pragma once

#include <memory>
#include <vector>

#include "kernels/product.h"
#include "nn/frozen.h"

namespace imagine::nn {

/// What is computed in: fp32 or bf16, or in that and products of bytes.
struct Arithmetic {
  torch::Dtype dtype = torch::kFloat;
  bool bytes = false;
  /// Weights of bytes stay as files have them until a product has more rows than so many.
  int64_t few_rows = 0;
};

/// Whether this machine and LibTorch multiply bytes by packed bytes, and sum them whole: processors
/// without VNNI do not.
bool can_multiply_bytes();

/// Rows that a product takes: [R, K].
struct Factor {
  Tensor values;      // fp32, bf16, or bytes around kernels::kZeroByte
  Tensor steps = {};  // [R] float, of bytes

  /// Memory for R rows of K numbers that such a product takes.
  static Factor empty(int64_t rows, int64_t width, const Arithmetic& arithmetic);
};

/// What a product left: see kernels::Product. A bias is not in it yet.
struct ProductOf {
  Tensor values;      // [R, N] fp32 or bf16
  Tensor steps = {};  // [R] float, of bytes
};

/// A linear layer, or several that read the same rows, one after the other.
class PackedLinear {
 public:
  /// Takes the weights over: the layers cannot be used any more. Weights that are bytes already
  /// stay the bytes that they are.
  PackedLinear(const std::vector<FrozenLinear>& layers, const Arithmetic& arithmetic);

  ProductOf operator()(const Factor& rows) const;
  /// [N] float; undefined where no layer has one.
  const Tensor& bias() const { return bias_; }

 private:
  struct Bytes;

  ProductOf multiplied(const Factor& rows) const;

  Arithmetic arithmetic_;
  Tensor weight_;  // opaque; undefined where there are bytes
  std::shared_ptr<Bytes> bytes_;
  Tensor bias_;
};

}  // namespace imagine::nn
