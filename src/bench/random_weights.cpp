#include "bench/random_weights.h"

#include <cmath>

#include <torch/utils.h>

namespace imagine::bench {

void fill_with_random(torch::nn::Module& network, torch::Dtype dtype) {
  for (auto parameter : network.parameters()) {
    const auto sizes = parameter.sizes().vec();
    auto values = parameter.dim() < 2
                      ? torch::ones(sizes)
                      : torch::randn(sizes) / std::sqrt(double(parameter.numel() / sizes[0]));
    parameter.set_data(values.to(dtype));
  }
}

}  // namespace imagine::bench
