/// Where a network computes.
#pragma once

#include <string>

#include "tensor/types.h"

namespace imagine::tensor {

/// "cpu" or "cuda". ConfigError for another name, or for CUDA where LibTorch finds none.
torch::Device device_named(const std::string& name);

/// A generator of its own that draws on `device`. The same seed gives the same numbers on one kind
/// of device, not on two.
torch::Generator generator_on(torch::Device device, std::uint64_t seed);

}  // namespace imagine::tensor
