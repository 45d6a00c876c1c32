#include "tensor/edges.h"

#include <cmath>

#include <torch/utils.h>

namespace imagine::tensor {
namespace {

constexpr double kBlur = 1;        // pixels
constexpr int64_t kBlurReach = 3;  // pixels on each side
constexpr double kBegin = 0.2, kGoOn = 0.08;
constexpr int kLongest = 256;  // steps that a faint line is followed

/// x [N, 1, H, W] filtered by a row and a column [K] each, its border repeated.
Tensor filtered(const Tensor& x, const Tensor& column, const Tensor& row) {
  const auto down = column.size(0) / 2, across = row.size(0) / 2;
  const auto padded = torch::replication_pad2d(x, {across, across, down, down});
  return torch::conv2d(torch::conv2d(padded, column.view({1, 1, -1, 1})), row.view({1, 1, 1, -1}));
}

/// What lies `dy` below and `dx` to the right of each place; 0 outside.
Tensor shifted(const Tensor& x, int64_t dy, int64_t dx) {
  const auto height = x.size(2), width = x.size(3);
  const auto padded = torch::constant_pad_nd(x, {1, 1, 1, 1});
  return padded.narrow(2, 1 + dy, height).narrow(3, 1 + dx, width);
}

/// Places where the change is larger than on both sides of the line.
Tensor ridges(const Tensor& strength, const Tensor& across, const Tensor& down) {
  const auto steep = down.abs() > across.abs() * std::tan(3 * M_PI / 8);
  const auto flat = down.abs() < across.abs() * std::tan(M_PI / 8);
  const auto falls = (across * down) > 0;  // towards below right
  const auto largest = [&](int64_t dy, int64_t dx) {
    // A tie is broken to one side, so that a line is one pixel wide.
    return (strength > shifted(strength, -dy, -dx)) & (strength >= shifted(strength, dy, dx));
  };
  const auto slanted = torch::where(falls, largest(1, 1), largest(1, -1));
  return torch::where(steep, largest(1, 0), torch::where(flat, largest(0, 1), slanted));
}

}  // namespace

Tensor edges_of(const Tensor& pixels) {
  const torch::NoGradGuard no_grad;
  const auto options = pixels.options();
  const auto places = torch::arange(-kBlurReach, kBlurReach + 1, options);
  auto bell = torch::exp(-places * places / (2 * kBlur * kBlur));
  bell = bell / bell.sum();
  const auto channels = pixels.flatten(0, 1).unsqueeze(1) / 2;  // [3 B, 1, H, W] of range 1
  const auto smooth = filtered(channels, bell, bell);
  const auto slope = torch::tensor({-1.0F, 0.0F, 1.0F}, options);
  const auto weights = torch::tensor({0.25F, 0.5F, 0.25F}, options);  // Sobel's, of sum 1
  const auto of_all = [&](const Tensor& x) { return x.view({-1, 3, x.size(2), x.size(3)}); };
  const auto across = of_all(filtered(smooth, weights, slope));
  const auto down = of_all(filtered(smooth, slope, weights));
  const auto strengths = torch::hypot(across, down);
  const auto [strength, channel] = strengths.max(1, /*keepdim=*/true);  // [B, 1, H, W]
  const auto line = ridges(strength, across.gather(1, channel), down.gather(1, channel));
  const auto faint = line & (strength > kGoOn);
  auto found = line & (strength > kBegin);
  for (int step = 0; step < kLongest; ++step) {
    const auto grown = torch::max_pool2d(found.to(torch::kFloat), 3, 1, 1).gt(0) & faint;
    if (torch::equal(grown, found)) break;
    found = grown;
  }
  return found.to(pixels.scalar_type());
}

}  // namespace imagine::tensor
