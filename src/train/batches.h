/// What the network sees at each update: a pure function of the seed and the update's number, so
/// that a resumed run goes on exactly where the interrupted one was.
#pragma once

#include "train/source.h"

namespace imagine::train {

struct Batch {
  Tensor pixels;       // [B, 3, H, W] float in -1 .. 1
  TextEmbedding text;  // of one caption of each picture
  Rows rows = {};      // which these are; count 0: all
  Tensor cut = {};     // [B, 4] see Drawn
  Tensor kept = {};    // [B] bool: low-rank changes must leave these alone; undefined: none
  Annotations annotations = {};

  Rows rows_here() const;
};

/// Without waiting for the copy where the batch lies in page-locked memory.
Batch on_device(const Batch& batch, torch::Device device);

class Batches {
 public:
  /// `source` must outlive it.
  Batches(const Source& source, std::uint64_t seed);

  /// Pictures larger than the phase's resolution are cropped at random where `crops`, else shrunk
  /// by averaging whole blocks of pixels. Only `rows` of the batch are made; the same rows are the
  /// same pictures whoever makes them. FormatError where a picture does not fit.
  Batch make(const Phase& phase, BatchKey key, bool crops, Rows rows) const;
  /// The whole batch.
  Batch make(const Phase& phase, BatchKey key, bool crops) const {
    return make(phase, key, crops, {.begin = 0, .count = phase.batch, .total = phase.batch});
  }

 private:
  const Source& source_;
  std::uint64_t seed_;
};

}  // namespace imagine::train
