#include "bench/sampler.h"

#include <torch/utils.h>

#include "cascade/sampling.h"
#include "core/check.h"
#include "core/range.h"
#include "diffusion/flow.h"
#include "diffusion/guidance.h"
#include "diffusion/sampler.h"
#include "diffusion/thresholding.h"

namespace imagine::bench {

Timing time_sampler(const SamplerOptions& options) {
  const torch::NoGradGuard no_grad;
  check_range("size", options.size, 1, 4096);
  cascade::SamplingOptions{
      .sampler = options.sampler, .steps = options.steps, .threshold = options.threshold}
      .validate();
  torch::manual_seed(1);
  const diffusion::Denoiser halved = [](const Tensor& noisy, diffusion::NoiseLevel) {
    return diffusion::Prediction{.clean = 0.5 * noisy};
  };
  const diffusion::Denoiser pair = [halved](const Tensor& noisy, diffusion::NoiseLevel level) {
    return halved(torch::cat({noisy, noisy}), level);
  };
  auto denoise = diffusion::guided(pair, halved, {.scale = 3});
  if (options.threshold > 0) denoise = diffusion::thresholded(denoise, options.threshold);
  auto method = diffusion::method_named(options.sampler);
  method.straight = true;
  const auto noise = torch::randn({1, 3, options.size, options.size});
  const diffusion::Walk walk{.path = diffusion::flow_path(options.steps)};
  auto timing = measured([&] { diffusion::sample(method, denoise, noise, walk); }, torch::kFloat,
                         options.timing);
  timing.what = concat(options.sampler, ", ", options.steps, " steps, ", options.size, " pixels");
  return timing;
}

}  // namespace imagine::bench
