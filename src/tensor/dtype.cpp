#include "tensor/dtype.h"

#include "core/check.h"

namespace imagine::tensor {
namespace {

bool processor_computes_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

}  // namespace

torch::Dtype compute_dtype(const std::string& name, torch::Device device) {
  check<ConfigError>(name == "auto" || name == "bf16" || name == "fp32",
                     "dtype: expected auto, bf16 or fp32, got \"", name, "\"");
  if (name == "fp32") return torch::kFloat;
  const bool fast = device.is_cuda() || processor_computes_bf16();
  return name == "bf16" || fast ? torch::kBFloat16 : torch::kFloat;
}

std::string name_of(torch::Dtype dtype) { return dtype == torch::kBFloat16 ? "bf16" : "fp32"; }

}  // namespace imagine::tensor
