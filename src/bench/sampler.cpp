#include "bench/sampler.h"

#include <torch/utils.h>

#include "core/names.h"
#include "core/range.h"
#include "diffusion/flow.h"
#include "diffusion/guidance.h"
#include "diffusion/sampler.h"
#include "diffusion/thresholding.h"
#include "models/flow_sampling.h"

namespace imagine::bench {

Timing time_sampler(const SamplerOptions& options) {
  const torch::NoGradGuard no_grad;
  check_range("size", options.size, 1, 4096);
  models::SamplingOptions{
      .sampler = options.sampler, .steps = options.steps, .threshold = options.threshold}
      .validate();
  torch::manual_seed(1);
  const diffusion::Denoiser denoise = [&](const Tensor& noisy, diffusion::NoiseLevel) {
    const diffusion::Prediction pair{.clean = 0.5 * torch::cat({noisy, noisy})};
    auto prediction = diffusion::guided(pair.rows(0, 1), pair.rows(1, 1), 3);
    if (options.threshold == 0) return prediction;
    return diffusion::thresholded(std::move(prediction), options.threshold);
  };
  auto sampler = diffusion::sampler_of(options.sampler);
  sampler.straight = true;
  const auto noise = torch::randn({1, 3, options.size, options.size});
  const diffusion::SolverInput input{.schedule = diffusion::flow_schedule(options.steps),
                                     .noisy = noise};
  auto timing =
      measured([&] { diffusion::sample(sampler, input, denoise); }, torch::kFloat, options.timing);
  timing.what =
      concat(name_of(options.sampler), ", ", options.steps, " steps, ", options.size, " pixels");
  return timing;
}

}  // namespace imagine::bench
