#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

/// A level that was evaluated, and the clean picture that was seen there.
struct Seen {
  NoiseLevel level;
  Tensor clean;
};

/// The step from the last seen level to `to`, in the terms of Zhao et al. 2023, sec. 3.1.
class Update {
 public:
  Update(const Sampler& sampler, const std::vector<Seen>& seen, NoiseLevel to, int64_t order)
      : to_(to), from_(seen.back()), order_(order) {
    const double width = half_log_snr(to) - half_log_snr(from_.level);
    for (int64_t k = 1; k < order; ++k) {
      const auto& earlier = seen[seen.size() - 1 - std::size_t(k)];
      ratios_.push_back((half_log_snr(earlier.level) - half_log_snr(from_.level)) / width);
      slopes_.push_back((earlier.clean - from_.clean) / ratios_.back());
    }
    ratios_.push_back(1);
    phi1_ = decay({.from = from_.level, .to = to}) - 1;
    width_ = sampler.bh2 ? phi1_ : -width;
    right_ = right_side(-width);
  }

  /// UniP: without the clean picture at `to`.
  Tensor predicted(const Tensor& noisy) const {
    const auto weights = order_ == 2 ? std::vector<double>{0.5} : solved(order_ - 1);
    return sum(noisy, weights, {});
  }

  /// UniC: with it.
  Tensor corrected(const Tensor& noisy, const Tensor& clean) const {
    const auto weights = order_ == 1 ? std::vector<double>{0.5} : solved(order_);
    return sum(noisy, weights, clean - from_.clean);
  }

 private:
  /// b_k = phi_k(h) k! / B(h), where phi_1 = (e^h - 1) / h and phi_k+1 = (phi_k - 1 / k!) / h.
  std::vector<double> right_side(double h) const {
    std::vector<double> right;
    double phi = phi1_ / h - 1, factorial = 1;
    for (int64_t k = 1; k <= order_; ++k) {
      right.push_back(phi * factorial / width_);
      factorial *= double(k + 1);
      phi = phi / h - 1 / factorial;
    }
    return right;
  }

  /// The weights of the first `count` slopes: sum over j of w_j r_j^(k-1) = b_k.
  std::vector<double> solved(int64_t count) const {
    if (count == 0) return {};
    const auto ratios = torch::tensor(ratios_, torch::kDouble).narrow(0, 0, count);
    const auto powers = torch::arange(count, torch::kDouble).unsqueeze(1);
    const auto right = torch::tensor(right_, torch::kDouble).narrow(0, 0, count);
    const auto weights = at::linalg_solve(ratios.pow(powers), right);
    return {weights.data_ptr<double>(), weights.data_ptr<double>() + count};
  }

  Tensor sum(const Tensor& noisy, const std::vector<double>& weights, const Tensor& change) const {
    auto next = to_.sigma / from_.level.sigma * noisy - to_.alpha * phi1_ * from_.clean;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const auto& slope = k < slopes_.size() ? slopes_[k] : change;
      next = next - to_.alpha * width_ * weights[k] * slope;
    }
    return next;
  }

  NoiseLevel to_;
  Seen from_;
  int64_t order_;
  std::vector<double> ratios_;  // of the widths: earlier levels, then `to`
  std::vector<Tensor> slopes_;
  double phi1_ = 0;
  double width_ = 0;  // B(h)
  std::vector<double> right_;
};

class UniPc : public Solver {
 public:
  UniPc(const Sampler& sampler, SolverInput input) : Solver(std::move(input)), sampler_(sampler) {}

 private:
  Tensor advance(const Prediction& prediction) override {
    const auto& [from, to] = step();
    const auto& clean = prediction.clean;
    before_ =
        seen_.empty() ? noisy() : Update(sampler_, seen_, from, order_).corrected(before_, clean);
    seen_.push_back({.level = from, .clean = clean});
    const auto left = steps() - steps_done();
    order_ = std::min({sampler_.order, steps_done() + 1,
                       sampler_.lower_order_final || to.sigma == 0 ? left : sampler_.order});
    const auto next = Update(sampler_, seen_, to, order_).predicted(before_);
    if (seen_.size() > 3) seen_.erase(seen_.begin());
    return next;
  }

  Sampler sampler_;
  std::vector<Seen> seen_;  // of the last steps, three at most
  Tensor before_;           // the picture that the last step went out from
  int64_t order_ = 0;
};

}  // namespace

std::unique_ptr<Solver> make_unipc(const Sampler& sampler, SolverInput input) {
  return std::make_unique<UniPc>(sampler, std::move(input));
}

}  // namespace imagine::diffusion
