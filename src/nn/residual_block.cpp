#include "nn/residual_block.h"

#include <numeric>

#include <torch/utils.h>

#include "nn/group_norm.h"

namespace imagine::nn {
namespace {

GroupNormOptions options_of(const torch::nn::GroupNorm& norm, Activation activation) {
  return {.groups = norm->options.num_groups(),
          .epsilon = norm->options.eps(),
          .activation = activation};
}

}  // namespace

Tensor normalised_silu(const Tensor& x, const torch::nn::GroupNorm& norm) {
  return modulated_group_norm(x, norm->weight.unsqueeze(0), norm->bias.unsqueeze(0),
                              options_of(norm, Activation::silu));
}

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
  const auto told = condition_(condition).chunk(2, 1);  // 2 x [B, C]
  const auto scale = 1 + told[0];
  const auto h = conv1_(normalised_silu(x, norm1_));  // [B, C, H, W]
  const auto gain = norm2_->weight * scale;
  const auto offset = torch::addcmul(told[1], norm2_->bias, scale);
  return x + conv2_(modulated_group_norm(h, gain, offset, options_of(norm2_, Activation::silu)));
}

}  // namespace imagine::nn
