/// Real pictures with what is known of them.
#pragma once

#include <vector>

#include "data/sample.h"
#include "io/file.h"
#include "tensor/types.h"

namespace imagine::evaluate {

struct Examples {
  Tensor pixels;                      // [N, 3, S, S] bytes
  std::vector<data::Sample> samples;  ///< their captions and facts, without the pictures

  int64_t count() const { return std::ssize(samples); }
};

/// Of the shards FOLDER/PREFIX*.tar of all folders, shrunk to `side` pixels unless it is 0.
/// InputError if there are none.
Examples read_examples(const std::vector<io::fs::path>& folders, const std::string& prefix,
                       int side = 0);

/// Bytes [B, 3, S, S] as networks take them: float in -1 .. 1.
Tensor unit_pixels(const Tensor& bytes);

}  // namespace imagine::evaluate
