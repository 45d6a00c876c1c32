/// Weights in the order of bytes that oneDNN computes in, through the operators that LibTorch
/// registers for its compiler.
#pragma once

#include "core/types.h"

namespace imagine::nn {

/// Whether packing a weight on the CPU makes computing in `dtype` faster, where nothing is trained:
/// in bf16, and for convolutions in fp32. Weights that are bytes stay as they are.
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

/// weight [out, in]
Tensor packed_linear_weight(const Tensor& weight);
/// x [..., in] -> [..., out]; bias [out] or undefined
Tensor packed_linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace imagine::nn
