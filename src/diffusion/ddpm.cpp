#include <torch/utils.h>

#include "core/check.h"
#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

/// The variances that a step may have: of the posterior, and of the step itself.
struct Bounds {
  double small, large;
};

/// The standard deviation of a step's noise: [B, 3, H, W] where it is learned, else one number.
Tensor deviation(const std::string& variance, const Bounds& bounds, const Tensor& learned) {
  check<ConfigError>(learned.defined() || !variance.starts_with("learned"),
                     "variance_type: expected a network that predicts its variance for ", variance,
                     ", got none");
  if (variance == "learned") return learned.sqrt();
  if (variance == "learned_range") {
    const auto share = (learned + 1) / 2;
    return (0.5 * torch::lerp(torch::full_like(share, std::log(bounds.small)),
                              torch::full_like(share, std::log(bounds.large)), share))
        .exp();
  }
  const double fixed = variance == "fixed_large" ? bounds.large : bounds.small;
  return torch::tensor(std::sqrt(fixed));
}

}  // namespace

Tensor walk_ddpm(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk) {
  constexpr double kSmallest = 1e-20;
  for (std::size_t i = 0; i < walk.path.strides.size(); ++i) {
    const auto& [from, to] = walk.path.strides[i];
    const auto prediction = denoise(noisy, from);
    const double ratio = from.alpha / to.alpha;
    const double from_variance = from.sigma * from.sigma, to_variance = to.sigma * to.sigma;
    const double added = from_variance - ratio * ratio * to_variance;  // by the step, forwards
    auto next = (to.alpha * added / from_variance) * prediction.clean +
                (ratio * to_variance / from_variance) * noisy;
    if (from.time > 0 || to.sigma > 0) {
      const Bounds bounds{.small = std::max(added * to_variance / from_variance, kSmallest),
                          .large = added};
      const auto spread = deviation(method.variance, bounds, prediction.variance);
      next = next + spread.to(next.options()) * walk.noise(next);
    }
    noisy = finish_step(walk, i, next, prediction.clean);
  }
  return noisy;
}

}  // namespace imagine::diffusion
