/// One update of the base network with random weights and pictures.
#pragma once

#include <cstdint>
#include <string>

#include "bench/timing.h"

namespace imagine::bench {

struct TrainOptions {
  std::string config = {};  ///< of a run, for its network and optimiser; empty: the defaults
  std::int64_t batch = 64;  ///< pictures of an update
  std::string dtype = "auto";
  TimingOptions timing{};
};

/// Noise, forward and backward pass, clipping, optimiser and the cast of the weights, as in
/// `imagine train`, with 32 words a caption.
Timing time_training(const TrainOptions& options);

}  // namespace imagine::bench
