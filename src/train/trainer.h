/// The loop that trains any objective.
#pragma once

#include <functional>

#include "train/checkpoint.h"
#include "train/config.h"

namespace imagine::train {

/// One moment of a run.
struct Progress {
  int64_t update = 0;  ///< updates made
  int64_t updates = 0;
  int64_t views = 0;
  double loss = 0;  ///< running mean; 0 before the first update of this start
  double learning_rate = 0;
  double images_per_second = 0;  ///< of late; 0 before the second update of this start
  double seconds_left = 0;       ///< 0 where images_per_second is
  std::string preparing;         ///< what is done before the first update; empty from then on
  int64_t prepared = 0;          ///< how much of it is done ...
  int64_t to_prepare = 0;        ///< ... and of how much
  std::string event;             ///< something worth a line of its own: "checkpoint ..."
};

/// Answers whether to go on; asked before every pass. A no drops the update that has begun.
using OnProgress = std::function<bool(const Progress&)>;

/// Trains until the last phase is over. Continues from the newest checkpoint in `config.out` where
/// there is one, with the same result as if it had not been interrupted; the phases ahead may have
/// changed. Leaves there:
///   checkpoints/  log.jsonl  loss.svg  previews/*.png  stage/{config.json, model.safetensors}
///   (lora.safetensors where low-rank changes are trained) and model/, which draws (run_model.h).
/// The folder is locked meanwhile: InputError where another process trains there.
/// Where `on_progress` answers no, a checkpoint is written and Interrupted is thrown. A loss or
/// gradient that is not a number, or a loss that explodes, is an Error naming the update and the
/// last good checkpoint.
void train(const TrainConfig& config, const OnProgress& on_progress);

}  // namespace imagine::train
