/// What the network sees at each update: a pure function of the seed and the update's number, so
/// that a resumed run goes on exactly where the interrupted one was.
#pragma once

#include "core/random.h"
#include "train/config.h"
#include "train/shards.h"
#include "train/text_table.h"

namespace imagine::train {

struct Batch {
  Tensor pixels;       // [B, 3, S, S] float in -1 .. 1
  TextEmbedding text;  // of one caption of each picture
};

/// Without waiting for the copy where the batch lies in page-locked memory.
Batch on_device(const Batch& batch, torch::Device device);

/// Names one batch: pass `pass` of update `update`.
struct BatchKey {
  int64_t update;
  int64_t pass;
};

/// ConfigError where the phase weighs a domain that the shards lack.
void check_domains(const Phase& phase, const ShardSet& shards);

class Batches {
 public:
  Batches(const ShardSet& shards, const TextTable& texts, std::uint64_t seed);

  /// Pictures larger than the phase's resolution are cropped at random where `crops`, else shrunk
  /// by averaging whole blocks of pixels. FormatError where a picture does not fit.
  Batch make(const Phase& phase, BatchKey key, bool crops) const;

 private:
  int draw_row(const Phase& phase, Random& random) const;

  const ShardSet& shards_;
  const TextTable& texts_;
  std::uint64_t seed_;
};

}  // namespace imagine::train
