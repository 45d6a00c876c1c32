/// What sampling costs beside the network.
#pragma once

#include <cstdint>

#include "bench/timing.h"
#include "imagine/request.h"

namespace imagine::bench {

struct SamplerOptions {
  SamplerName sampler = SamplerName::dpm_solver;
  std::int64_t steps = 16;
  std::int64_t size = 256;   ///< side in pixels
  double threshold = 0.995;  ///< dynamic thresholding's quantile; 0: none
  TimingOptions timing{};
};

/// All steps from noise to a picture with a guided denoiser that computes next to nothing, in fp32.
/// ConfigError for a sampler that walks no flow.
Timing time_sampler(const SamplerOptions& options);

}  // namespace imagine::bench
