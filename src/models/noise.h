/// The noise of pictures, each from a generator of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/types.h"

namespace imagine::models {

/// Draws on the CPU in fp32, row k from a generator that begins with seeds[k]: a picture's noise is
/// its own whatever the others are, and equals what diffusers draws with that seed.
class PictureNoise {
 public:
  /// One drawing of noise, read from top to bottom: what has gone by takes no memory.
  class Rows {
   public:
    /// Rows begin .. end - 1, [B, 3, end - begin, width]; neither may be less than at the last
    /// call.
    Tensor read(int64_t begin, int64_t end);

   private:
    friend PictureNoise;
    int64_t height_ = 0, width_ = 0;
    std::vector<torch::Generator> planes_ = {};  // of each picture's colours, where they go on
    Tensor held_ = {};                           // [B, 3, n, width], row first_ and those below
    int64_t first_ = 0, drawn_ = 0;
  };

  explicit PictureNoise(const std::vector<std::uint64_t>& seeds);

  /// Standard normal [B, 3, height, width] float; each call draws on.
  Tensor draw(int64_t height, int64_t width);
  /// What draw() would give, in rows.
  Rows rows(int64_t height, int64_t width);

 private:
  std::vector<torch::Generator> generators_;
};

}  // namespace imagine::models
