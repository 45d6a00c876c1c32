/// The noise of pictures, each from a generator of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "core/types.h"

namespace imagine::cascade {

/// Draws on the CPU in fp32, row k from a generator that begins with seeds[k]: a picture's noise is
/// its own whatever the others are, and equals what diffusers draws with that seed.
class PictureNoise {
 public:
  explicit PictureNoise(const std::vector<std::uint64_t>& seeds);

  /// Standard normal [B, 3, height, width] float; each call draws on.
  Tensor draw(int64_t height, int64_t width);

 private:
  std::vector<torch::Generator> generators_;
};

}  // namespace imagine::cascade
