#include "nn/residual_block.h"

#include <numeric>

#include <torch/utils.h>

namespace imagine::nn {

torch::nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).padding(kernel / 2));
}

torch::nn::GroupNorm group_norm(int64_t channels) {
  return torch::nn::GroupNorm(
      torch::nn::GroupNormOptions(std::gcd(int64_t{8}, channels), channels));
}

ResidualBlockImpl::ResidualBlockImpl(int64_t width, int64_t condition_width)
    : norm1_(register_module("norm1", group_norm(width))),
      norm2_(register_module("norm2", group_norm(width))),
      conv1_(register_module("conv1", conv(width, width, 3))),
      conv2_(register_module("conv2", conv(width, width, 3))),
      condition_(register_module("cond", torch::nn::Linear(condition_width, 2 * width))) {
  torch::NoGradGuard no_grad;
  conv2_->weight.zero_();
  conv2_->bias.zero_();
}

Tensor ResidualBlockImpl::forward(const Tensor& x, const Tensor& condition) {
  const auto parts = condition_(condition).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
  const auto &scale = parts[0], &shift = parts[1];  // [B, C, 1, 1]
  const auto h = conv1_(torch::silu(norm1_(x)));    // [B, C, H, W]
  return x + conv2_(torch::silu(torch::addcmul(shift, norm2_(h), 1 + scale)));
}

}  // namespace imagine::nn
