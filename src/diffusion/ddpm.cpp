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

class Ddpm : public Solver {
 public:
  Ddpm(const Sampler& sampler, SolverInput input)
      : Solver(std::move(input)), variance_(sampler.variance) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    constexpr double kSmallest = 1e-20;
    const auto& [from, to] = step();
    const double ratio = from.alpha / to.alpha;
    const double from_variance = from.sigma * from.sigma, to_variance = to.sigma * to.sigma;
    const double added = from_variance - ratio * ratio * to_variance;  // by the step, forwards
    const auto next = (to.alpha * added / from_variance) * prediction.clean +
                      (ratio * to_variance / from_variance) * noisy();
    if (from.time == 0 && to.sigma == 0) return next;
    const Bounds bounds{.small = std::max(added * to_variance / from_variance, kSmallest),
                        .large = added};
    const auto spread = deviation(variance_, bounds, prediction.variance);
    return next + spread.to(next.options()) * new_noise(next);
  }

  std::string variance_;
};

}  // namespace

std::unique_ptr<Solver> make_ddpm(const Sampler& sampler, SolverInput input) {
  return std::make_unique<Ddpm>(sampler, std::move(input));
}

}  // namespace imagine::diffusion
