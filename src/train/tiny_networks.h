/// For tests: small networks, and batches with some text.
#pragma once

#include <torch/utils.h>

#include "train/batches.h"

namespace imagine::train {

constexpr int64_t kTinyTextWidth = 8;

inline TrainConfig tiny_networks() {
  TrainConfig config;
  config.base = {.size = 16,
                 .stem = 8,
                 .width = 16,
                 .depth = 1,
                 .heads = 2,
                 .text_width = kTinyTextWidth,
                 .text_depth = 1};
  config.super_resolution = {.factor = 2, .width = 8, .blocks = 1, .text_width = kTinyTextWidth};
  config.efficient_unet = {.factor = 2,
                           .width = 8,
                           .multipliers = {1, 2},
                           .blocks = {1, 1},
                           .heads = 2,
                           .text_width = kTinyTextWidth};
  return config;
}

/// pixels [B, 3, S, S] with a random text of three words each.
inline Batch with_some_text(const Tensor& pixels) {
  const auto count = pixels.size(0);
  return {.pixels = pixels,
          .text = {.states = torch::randn({count, 3, kTinyTextWidth}),
                   .mask = torch::ones({count, 3}, torch::kBool)}};
}

}  // namespace imagine::train
