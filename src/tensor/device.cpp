#include "tensor/device.h"

#include <torch/cuda.h>
#include <torch/utils.h>

#include "core/check.h"

namespace imagine::tensor {

torch::Device device_named(const std::string& name) {
  check<ConfigError>(name == "cpu" || name == "cuda", "device: expected cpu or cuda, got \"", name,
                     "\"");
  check<ConfigError>(
      name == "cpu" || torch::cuda::is_available(),
      "device: cuda was asked for, but this LibTorch finds no CUDA device; with cpu in "
      "its place (\"device\": \"cpu\" in a config, --device cpu) the processor computes");
  return torch::Device(name);
}

torch::Generator generator_on(torch::Device device, std::uint64_t seed) {
  auto generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace imagine::tensor
