#include "nn/embedding.h"

#include <cmath>

#include <torch/utils.h>

namespace imagine::nn {

Tensor sinusoids(const Tensor& values, int64_t width) {
  const auto half = width / 2;
  const auto rates =
      torch::exp(torch::arange(half, values.options()) * (-std::log(1000.0) / double(half)));
  const auto angles = values.unsqueeze(1) * 1000.0 * rates;  // [B, width / 2]
  return torch::cat({angles.sin(), angles.cos()}, 1);
}

}  // namespace imagine::nn
