#include "evaluate/distances.h"

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::evaluate {
namespace {

void check_sets(const Tensor& a, const Tensor& b, int64_t fewest) {
  const auto rows = std::min(a.size(0), b.size(0));
  check<InputError>(rows >= fewest, "distance of sets of pictures: expected at least ", fewest,
                    " pictures in each, got ", rows);
}

/// The mean of what a kernel says of pairs of different rows.
double mean_without_diagonal(const Tensor& kernel) {
  const double n = double(kernel.size(0));
  return (kernel.sum() - kernel.trace()).item<double>() / (n * (n - 1));
}

/// The square of each row's distance to its k-th nearest neighbour among the others. [N]
Tensor reach_of(const Tensor& set, int k) {
  const auto distances = torch::cdist(set, set).square();
  return std::get<0>(distances.kthvalue(k + 1, 1));  // the nearest is the row itself
}

}  // namespace

double frechet_distance(const Tensor& a, const Tensor& b) {
  check_sets(a, b, 2);
  const auto x = a.to(torch::kDouble), y = b.to(torch::kDouble);
  const auto mean_x = x.mean(0), mean_y = y.mean(0);
  const auto centred_x = (x - mean_x) / std::sqrt(double(x.size(0) - 1));
  const auto centred_y = (y - mean_y) / std::sqrt(double(y.size(0) - 1));
  // tr((Sx Sy)^(1/2)) is the sum of the singular values of X Y^T for Sx = X^T X, Sy = Y^T Y.
  const auto shared = at::linalg_svdvals(centred_x.matmul(centred_y.t())).sum();
  const auto spread = centred_x.square().sum() + centred_y.square().sum();
  const auto distance = (mean_x - mean_y).square().sum() + spread - 2 * shared;
  return std::max(0.0, distance.item<double>());
}

double kernel_distance(const Tensor& a, const Tensor& b) {
  check_sets(a, b, 2);
  const auto x = a.to(torch::kDouble), y = b.to(torch::kDouble);
  const auto kernel = [&](const Tensor& p, const Tensor& q) {
    return (p.matmul(q.t()) / double(p.size(1)) + 1).pow(3);
  };
  return mean_without_diagonal(kernel(x, x)) + mean_without_diagonal(kernel(y, y)) -
         2 * kernel(x, y).mean().item<double>();
}

Cover cover_of(const Tensor& real, const Tensor& made, int k) {
  check_sets(real, made, k + 1);
  const auto a = real.to(torch::kDouble), b = made.to(torch::kDouble);
  const auto distances = torch::cdist(a, b).square();             // [real, made]
  const auto in_real = distances <= reach_of(a, k).unsqueeze(1);  // in the real one's ball
  const auto in_made = distances <= reach_of(b, k).unsqueeze(0);
  const auto share = [](const Tensor& yes) { return yes.to(torch::kDouble).mean().item<double>(); };
  return {.precision = share(in_real.any(0)),
          .recall = share(in_made.any(1)),
          .density = in_real.sum(0).to(torch::kDouble).mean().item<double>() / k,
          .coverage = share(in_real.any(1))};
}

Tensor colour_layout(const Tensor& pixels) {
  return torch::adaptive_avg_pool2d(pixels, {8, 8}).flatten(1);
}

}  // namespace imagine::evaluate
