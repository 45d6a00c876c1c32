/// For tests: whether two ways to compute something agree, forward and backward.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <vector>

#include <torch/utils.h>

namespace imagine::nn {

using Computation = std::function<torch::Tensor(const std::vector<torch::Tensor>&)>;

/// The result, then the gradients of the inputs for a fixed random gradient of the result, all
/// float. The inputs are rounded to `dtype` first.
inline std::vector<torch::Tensor> with_gradients(const Computation& compute,
                                                 const std::vector<torch::Tensor>& inputs,
                                                 torch::Dtype dtype) {
  std::vector<torch::Tensor> leaves;
  for (const auto& input : inputs) leaves.push_back(input.to(dtype).detach().requires_grad_());
  const auto out = compute(leaves);
  torch::manual_seed(7);
  out.backward(torch::randn(out.sizes()).to(out.scalar_type()));
  std::vector<torch::Tensor> all = {out.detach().to(torch::kFloat)};
  for (const auto& leaf : leaves) all.push_back(leaf.grad().to(torch::kFloat));
  return all;
}

/// `ours` in `dtype` against `plain` in fp64, from inputs rounded alike; `bound` is a share of the
/// largest number.
inline void expect_same(const Computation& ours, const Computation& plain,
                        std::vector<torch::Tensor> inputs, torch::Dtype dtype, double bound) {
  for (auto& input : inputs) input = input.to(dtype);
  const auto got = with_gradients(ours, inputs, dtype);
  const auto expected = with_gradients(plain, inputs, torch::kDouble);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].sizes(), expected[i].sizes()) << i;
    const auto scale = expected[i].abs().max().item<double>() + 1e-3;
    EXPECT_LT((got[i] - expected[i]).abs().max().item<double>() / scale, bound)
        << (i == 0 ? "result" : "gradient ") << i;
  }
}

}  // namespace imagine::nn
