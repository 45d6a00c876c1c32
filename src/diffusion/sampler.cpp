#include "diffusion/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::diffusion {
namespace {

void report(const OnStep& on_step, std::size_t index, const std::vector<double>& times,
            const Tensor& clean) {
  const Step step{.index = int64_t(index), .count = int64_t(times.size()) - 1, .clean = clean};
  if (on_step && !on_step(step)) throw Interrupted("stopped before the picture was finished");
}

/// dz/dt of the straight path that leads from here to `clean`. t = 1 has none: the samplers never
/// ask.
Tensor slope(const Tensor& noisy, const Tensor& clean, double t) {
  return (clean - noisy) / (1 - t);
}

/// Half the logarithm of the signal-to-noise ratio. The ends are kept finite.
double half_log_snr(double t) {
  constexpr double kEnd = 1e-5;
  t = std::clamp(t, kEnd, 1 - kEnd);
  return std::log(t) - std::log(1 - t);
}

}  // namespace

std::vector<double> flow_times(int64_t count, double shift, double begin) {
  check<ConfigError>(count >= 1, "steps: expected at least 1, got ", count);
  std::vector<double> times;
  for (int64_t i = 0; i <= count; ++i) {
    const double even = double(i) / double(count);
    times.push_back(begin + (1 - begin) * even / (even + shift * (1 - even)));
  }
  return times;
}

Tensor sample_euler(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                    const OnStep& on_step) {
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const auto clean = denoise(noisy, flow_level(times[i]));
    noisy = noisy + (times[i + 1] - times[i]) * slope(noisy, clean, times[i]);
    report(on_step, i, times, clean);
  }
  return noisy;
}

Tensor sample_heun(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                   const OnStep& on_step) {
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double now = times[i], next = times[i + 1];
    const auto clean = denoise(noisy, flow_level(now));
    const auto here = slope(noisy, clean, now);
    const auto guess = noisy + (next - now) * here;
    if (next < 1) {
      const auto there = slope(guess, denoise(guess, flow_level(next)), next);
      noisy = noisy + (next - now) / 2 * (here + there);
    } else {
      noisy = guess;
    }
    report(on_step, i, times, clean);
  }
  return noisy;
}

Tensor sample_dpm_solver(const Denoiser& denoise, Tensor noisy, const std::vector<double>& times,
                         const OnStep& on_step) {
  Tensor previous;
  double previous_width = 0;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const auto now = flow_level(times[i]), next = flow_level(times[i + 1]);
    const double width = half_log_snr(times[i + 1]) - half_log_snr(times[i]);
    const auto clean = denoise(noisy, now);
    auto direction = clean;
    if (previous.defined() && next.sigma > 0) {
      const double weight = width / (2 * previous_width);
      direction = clean + weight * (clean - previous);
    }
    // Exact for a constant direction: alpha' (1 - e^-width) = alpha' - alpha sigma' / sigma.
    noisy = next.sigma / now.sigma * noisy +
            (next.alpha - now.alpha * next.sigma / now.sigma) * direction;
    previous = clean;
    previous_width = width;
    report(on_step, i, times, clean);
  }
  return noisy;
}

Sampler sampler_named(const std::string& name) {
  static const std::map<std::string, Sampler> samplers = {
      {"dpm++", sample_dpm_solver}, {"euler", sample_euler}, {"heun", sample_heun}};
  const auto found = samplers.find(name);
  check<ConfigError>(found != samplers.end(), "sampler: expected dpm++, euler or heun, got \"",
                     name, "\"");
  return found->second;
}

}  // namespace imagine::diffusion
