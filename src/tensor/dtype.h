/// In which floating-point type a network computes.
#pragma once

#include <string>

#include "tensor/types.h"

namespace imagine::tensor {

/// "bf16", "fp32", or "auto": bf16 on CUDA and on processors that compute it faster (AMX, AMD's
/// AVX-512 BF16), fp32 elsewhere, where bf16 would be slow or emulated. ConfigError for another
/// name.
torch::Dtype compute_dtype(const std::string& name, torch::Device device);

/// "bf16" or "fp32".
std::string name_of(torch::Dtype dtype);

}  // namespace imagine::tensor
