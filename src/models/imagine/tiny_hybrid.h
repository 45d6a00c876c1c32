/// For tests: a small base, and weights that mean something.
#pragma once

#include <torch/utils.h>

#include "models/imagine/hybrid.h"

namespace imagine::models {

inline constexpr HybridConfig kTinyHybrid = {.size = 32,
                                             .stem = 8,
                                             .width = 32,
                                             .depth = 2,
                                             .heads = 2,
                                             .positions = 4,
                                             .text_width = 12,
                                             .text_depth = 1};

/// New blocks are identities and new modulations zero: random values everywhere make a test mean
/// something.
inline void randomise(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network.parameters()) parameter.normal_(0, 0.2);
}

}  // namespace imagine::models
