/// Weights in the order of bytes that oneDNN computes in, through the operators that LibTorch
/// registers for its compiler.
#pragma once

#include "tensor/types.h"

namespace imagine::nn {

/// Whether weights on the CPU can be packed for computing in `dtype`, where nothing is trained.
/// Weights of one byte a number stay as they are.
bool can_pack(const Tensor& weight, torch::Dtype dtype);

/// weight [out, in, k, k], stride 1, for inputs of `sizes` [B, in, H, W]; others work too, slower.
Tensor packed_convolution_weight(const Tensor& weight, int64_t padding, torch::IntArrayRef sizes);
/// x [B, in, H, W] -> [B, out, H, W], channels last; bias [out]
Tensor packed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          int64_t padding);

struct PackedLayer {
  Tensor weight, bias;
};
/// packed_convolution + other in one pass; other [B, out, H, W], channels last.
Tensor packed_convolution_plus(const Tensor& x, const Tensor& other, const PackedLayer& layer,
                               int64_t padding);

/// weight [out, in]; in fp32 it stays as it is, matrix products need no other order.
Tensor packed_linear_weight(const Tensor& weight);
/// x [..., in] -> [..., out]; bias [out] or undefined
Tensor packed_linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace imagine::nn
