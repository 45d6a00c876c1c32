#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::tensor {
namespace {

TEST(Dtype, AutoIsOneOfTheNamedOnes) {
  const torch::Device cpu(torch::kCPU);
  EXPECT_EQ(compute_dtype("bf16", cpu), torch::kBFloat16);
  EXPECT_EQ(compute_dtype("fp32", cpu), torch::kFloat);
  const auto chosen = compute_dtype("auto", cpu);
  EXPECT_EQ(compute_dtype(name_of(chosen), cpu), chosen);
  EXPECT_EQ(compute_dtype("auto", torch::Device(torch::kCUDA)), torch::kBFloat16);
  EXPECT_THROW(compute_dtype("fp16", cpu), ConfigError);
}

}  // namespace
}  // namespace imagine::tensor
