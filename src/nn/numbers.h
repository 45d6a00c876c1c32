/// From tensors to the pointers that kernels take.
#pragma once

#include "kernels/bfloat16.h"
#include "tensor/types.h"

namespace imagine::nn {

/// Whether the kernels compute on tensors like this: on the CPU, in fp32 or bf16.
inline bool has_kernel(const Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16);
}

template <class Number>
Number* numbers(const Tensor& tensor) {
  return static_cast<Number*>(tensor.data_ptr());
}

/// body(Number()) with the type that the tensor holds.
template <class Body>
void for_numbers_of(const Tensor& x, const Body& body) {
  if (x.scalar_type() == torch::kFloat) {
    body(float());
  } else {
    body(kernels::Bfloat16());
  }
}

}  // namespace imagine::nn
