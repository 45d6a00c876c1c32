/// Where pictures with captions come from.
#pragma once

#include <vector>

#include "data/skipped.h"
#include "imagine/image.h"
#include "tensor/types.h"
#include "train/annotations.h"
#include "train/config.h"

namespace imagine::train {

/// Some rows of a batch, which several ranks share.
struct Rows {
  int64_t begin = 0;
  int64_t count = 0;
  int64_t total = 0;  ///< of the whole batch

  /// Those of rank `rank` of `size`.
  static Rows of_rank(int64_t total, int rank, int size);
  /// Of values [total, ...] of the whole batch.
  Tensor of(const Tensor& whole) const { return whole.narrow(0, begin, count); }
};

/// Names one batch: pass `pass` of update `update`, before which the run showed `views` pictures.
struct BatchKey {
  int64_t update;
  int64_t pass;
  int64_t views = 0;
};

/// Pictures of one size, each with the states of one of its captions.
struct Drawn {
  std::vector<Image> images;
  bool fitted = false;  // to about the pixels of the phase's resolution; else squares
  TextEmbedding text;   // [B, T, D], [B, T]
  Tensor cut = {};      // [B, 4] what was cut off on the left, above, on the right and below, in
                        // widths and heights of what is left; undefined: nothing
  Tensor kept = {};     // [B] bool: of a domain that the phase keeps; undefined: none are
  Annotations annotations = {};
};

class Source {
 public:
  virtual ~Source() = default;

  /// Rows of the batch that the key names: each follows from the seed, the key and its number
  /// alone. Any thread may ask. FormatError where a picture does not fit.
  virtual Drawn draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const = 0;
  /// ConfigError where the phase asks for what is not here.
  virtual void check_phase(const Phase& phase) const = 0;
  /// Samples that could not be used so far: empty where all were.
  virtual data::SkippedSamples skipped() const { return {}; }
};

}  // namespace imagine::train
