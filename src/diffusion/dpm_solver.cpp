#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

constexpr int64_t kShortPath = 15;

/// Of the step `index`, which can look back on that many.
int64_t order_of(const Method& method, std::size_t index, const Path& path) {
  const auto count = path.strides.size();
  const bool cautious = method.lower_order_final && int64_t(count) + path.left_out < kShortPath;
  const bool last = index + 1 == count;
  if (path.strides[index].to.sigma == 0 || (last && (cautious || method.euler_at_final))) return 1;
  const int64_t most = index + 2 == count && cautious ? 2 : 3;
  return std::min({method.order, most, int64_t(index) + 1});
}

}  // namespace

Tensor walk_dpm_solver(const Method& method, const Denoiser& denoise, Tensor noisy,
                       const Walk& walk) {
  const auto& strides = walk.path.strides;
  std::vector<Tensor> cleans;
  const auto width = [&](std::size_t i) {
    return half_log_snr(strides[i].to) - half_log_snr(strides[i].from);
  };
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const auto& [from, to] = strides[i];
    cleans.push_back(denoise(noisy, from).clean);
    const auto order = order_of(method, i, walk.path);
    // The integral of e^u against 1, u and u²/2 over the step, to.alpha taken out.
    const double h = width(i);
    const double phi1 = 1 - decay(strides[i]), phi2 = 1 - phi1 / h, phi3 = 0.5 - phi2 / h;
    auto next = to.sigma / from.sigma * noisy + to.alpha * phi1 * cleans[i];
    if (order >= 2) {
      const double ratio = width(i - 1) / h;
      const auto slope = (cleans[i] - cleans[i - 1]) / ratio;
      if (order == 2) {
        next = next + to.alpha * (method.midpoint ? phi1 / 2 : phi2) * slope;
      } else {
        const double ratio_before = width(i - 2) / h;
        const auto change =
            (slope - (cleans[i - 1] - cleans[i - 2]) / ratio_before) / (ratio + ratio_before);
        next = next + to.alpha * phi2 * (slope + ratio * change) + to.alpha * phi3 * change;
      }
    }
    if (i >= 2) cleans[i - 2].reset();
    noisy = finish_step(walk, i, next, cleans[i]);
  }
  return noisy;
}

}  // namespace imagine::diffusion
