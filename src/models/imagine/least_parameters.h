/// How many numbers a network has at least: a config that asks for more than its weight file can
/// hold is refused before the network takes memory.
#pragma once

#include <algorithm>
#include <cstddef>

#include "models/imagine/control_config.h"
#include "models/imagine/efficient_unet_config.h"
#include "models/imagine/hybrid_config.h"
#include "models/imagine/super_resolution_config.h"

namespace imagine::models {

/// Of the matrices of its blocks, the text's among them, those that lead to them and back to
/// pixels, and the grid of positions.
inline double least_parameters(const HybridConfig& config) {
  const auto width = double(config.width), positions = double(config.positions);
  const auto blocks = double(config.depth) + double(config.text_depth);
  const auto around = double(config.text_width) + 4 * double(config.stem);
  return width * (4 * blocks * width + around + positions * positions);
}

/// Of the matrices of its blocks, and of those that lead to the blocks of the network beside it.
inline double least_parameters(const ControlConfig& config, const HybridConfig& base) {
  const auto width = double(config.width);
  return width * (4 * double(config.depth) * width + double(base.depth) * double(base.width));
}

/// Of its convolutions of 3x3.
inline double least_parameters(const SuperResolutionConfig& config) {
  return 9 * double(config.blocks) * double(config.width) * double(config.width);
}

/// The same.
inline double least_parameters(const EfficientUnetConfig& config) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(config.multipliers.size(), config.blocks.size()); ++i) {
    const auto width = double(config.width) * double(config.multipliers[i]);
    sum += 9 * double(config.blocks[i]) * width * width;
  }
  return sum;
}

}  // namespace imagine::models
