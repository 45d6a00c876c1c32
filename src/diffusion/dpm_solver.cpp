#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

constexpr int64_t kShort = 15;  // steps

class DpmSolver : public Solver {
 public:
  DpmSolver(const Sampler& sampler, SolverInput input)
      : Solver(std::move(input)), sampler_(sampler) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    const auto& [from, to] = step();
    cleans_.push_back(prediction.clean);
    const auto order = order_of_step();
    // The integral of e^u against 1, u and u²/2 over the step, to.alpha taken out.
    const double h = width(0);
    const double phi1 = 1 - decay(step()), phi2 = 1 - phi1 / h, phi3 = 0.5 - phi2 / h;
    auto next = to.sigma / from.sigma * noisy() + to.alpha * phi1 * clean_of(0);
    if (order >= 2) {
      const double ratio = width(1) / h;
      const auto slope = (clean_of(0) - clean_of(1)) / ratio;
      if (order == 2) {
        next = next + to.alpha * (sampler_.midpoint ? phi1 / 2 : phi2) * slope;
      } else {
        const double ratio_before = width(2) / h;
        const auto change =
            (slope - (clean_of(1) - clean_of(2)) / ratio_before) / (ratio + ratio_before);
        next = next + to.alpha * phi2 * (slope + ratio * change) + to.alpha * phi3 * change;
      }
    }
    if (cleans_.size() == 3) cleans_.erase(cleans_.begin());
    return next;
  }

  /// The present step can look back on as many as were done.
  int64_t order_of_step() const {
    const bool cautious = sampler_.lower_order_final && steps() + schedule().skipped < kShort;
    const bool last = steps_done() + 1 == steps(), last_but_one = steps_done() + 2 == steps();
    if (step().to.sigma == 0 || (last && (cautious || sampler_.euler_at_final))) return 1;
    return std::min({sampler_.order, int64_t(last_but_one && cautious ? 2 : 3), steps_done() + 1});
  }

  /// Of the step `back` before the present one, in half log SNR.
  double width(std::size_t back) const {
    const auto& [from, to] = schedule().steps[std::size_t(steps_done()) - back];
    return half_log_snr(to) - half_log_snr(from);
  }

  const Tensor& clean_of(std::size_t back) const { return cleans_[cleans_.size() - 1 - back]; }

  Sampler sampler_;
  std::vector<Tensor> cleans_;  // of the last steps, three at most
};

}  // namespace

std::unique_ptr<Solver> make_dpm_solver(const Sampler& sampler, SolverInput input) {
  return std::make_unique<DpmSolver>(sampler, std::move(input));
}

}  // namespace imagine::diffusion
