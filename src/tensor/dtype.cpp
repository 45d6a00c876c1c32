#include "tensor/dtype.h"

#include "core/check.h"

namespace imagine::tensor {
namespace {

/// Of Intel's processors those with AMX alone: without it a product in bf16 takes twice the time of
/// one in fp32 (an Emerald Rapids whose AMX is hidden: 185 and 377 GFLOP/s on two cores).
bool processor_computes_bf16() {
#if defined(__x86_64__)
  const bool has = __builtin_cpu_supports("avx512bf16");
  return has && (!__builtin_cpu_is("intel") || __builtin_cpu_supports("amx-bf16"));
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
