#include "evaluate/sharpness.h"

#include <cmath>
#include <numbers>

#include <torch/utils.h>

namespace imagine::evaluate {
namespace {

constexpr double kMostDecibels = 100;

double decibels(double square_error) {
  return square_error <= 1e-10 ? kMostDecibels : -10 * std::log10(square_error);
}

double mean_square(const Tensor& x) { return x.to(torch::kDouble).square().mean().item<double>(); }

/// [H, W] brightness after Rec. 601.
Tensor brightness(const Tensor& picture) {
  return picture[0] * 0.299 + picture[1] * 0.587 + picture[2] * 0.114;
}

Tensor across(const Tensor& picture) { return picture.diff(1, -1); }
Tensor down(const Tensor& picture) { return picture.diff(1, -2); }

/// Means in 11x11 windows, weighted by a Gaussian of 1.5 pixels: [H, W] -> [H - 10, W - 10]
Tensor windowed(const Tensor& x) {
  const auto at = torch::arange(-5, 6, torch::kDouble);
  auto weights = (-at.square() / (2 * 1.5 * 1.5)).exp();
  weights = weights / weights.sum();
  const auto row = torch::conv2d(x.view({1, 1, x.size(0), x.size(1)}), weights.view({1, 1, 1, -1}));
  return torch::conv2d(row, weights.view({1, 1, -1, 1})).squeeze();
}

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return std::abs(x) < 1e-9 ? 1 : std::sin(angle) / angle;
}

/// The matrix [f N, N] that enlarges N samples; those beyond an end are what the end is.
Tensor lanczos_matrix(int64_t count, int64_t factor) {
  constexpr int kLobes = 3;
  auto matrix = torch::zeros({factor * count, count}, torch::kDouble);
  auto weight = matrix.accessor<double, 2>();
  for (int64_t to = 0; to < factor * count; ++to) {
    const double centre = (double(to) + 0.5) / double(factor) - 0.5;
    const auto nearest = int64_t(std::floor(centre));
    double sum = 0;
    for (int64_t from = nearest - kLobes + 1; from <= nearest + kLobes; ++from) {
      const double away = centre - double(from);
      const double share = sinc(away) * sinc(away / kLobes);
      weight[to][std::clamp<int64_t>(from, 0, count - 1)] += share;
      sum += share;
    }
    for (int64_t from = 0; from < count; ++from) weight[to][from] /= sum;
  }
  return matrix;
}

/// Mean difference across the lines x = period, 2 period, ..., and across all others.
std::pair<Tensor, Tensor> on_and_off(const Tensor& differences, int64_t period) {
  const auto lines = torch::arange(1, differences.size(-1) + 1);
  const auto is_seam = lines.remainder(period) == 0;
  const auto each = differences.abs().to(torch::kDouble).mean(torch::IntArrayRef({0, 1}));
  return {each.index({is_seam}).mean(), each.index({is_seam.logical_not()}).mean()};
}

}  // namespace

double psnr(const Tensor& picture, const Tensor& truth) {
  return decibels(mean_square(picture - truth));
}

double gradient_psnr(const Tensor& picture, const Tensor& truth) {
  const double error =
      (mean_square(across(picture) - across(truth)) + mean_square(down(picture) - down(truth))) / 2;
  return decibels(error);
}

double ssim(const Tensor& picture, const Tensor& truth) {
  constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
  const auto x = brightness(picture).to(torch::kDouble), y = brightness(truth).to(torch::kDouble);
  const auto mx = windowed(x), my = windowed(y);
  const auto vx = windowed(x * x) - mx * mx, vy = windowed(y * y) - my * my;
  const auto shared = windowed(x * y) - mx * my;
  const auto map =
      (2 * mx * my + c1) * (2 * shared + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
  return map.mean().item<double>();
}

double seam(const Tensor& picture, int64_t period) {
  const auto [on_x, off_x] = on_and_off(across(picture), period);
  const auto [on_y, off_y] = on_and_off(across(picture.transpose(1, 2)), period);
  return ((on_x + on_y) / (off_x + off_y).clamp_min(1e-9)).item<double>();
}

Tensor lanczos(const Tensor& picture, int64_t factor) {
  const auto x = picture.to(torch::kDouble);
  const auto rows = lanczos_matrix(x.size(1), factor), columns = lanczos_matrix(x.size(2), factor);
  return rows.matmul(x.matmul(columns.t())).clamp(0, 1).to(picture.scalar_type());
}

Tensor bicubic(const Tensor& picture, int64_t factor) {
  const auto larger = at::upsample_bicubic2d(picture.unsqueeze(0),
                                             {factor * picture.size(1), factor * picture.size(2)},
                                             /*align_corners=*/false);
  return larger[0].clamp(0, 1);
}

}  // namespace imagine::evaluate
