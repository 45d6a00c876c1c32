/// A whole model in fewer steps: `imagine distill`.
#pragma once

#include <string>

#include "io/file.h"
#include "train/stream_config.h"
#include "train/trainer.h"

namespace imagine::train {

struct DistillOptions {
  std::string out = {};
  StreamConfig stream = {};
  std::string run = "runs/distill";
  int64_t steps = 8;
  int64_t substeps = 4;
  int64_t views = 150'000;
  int64_t batch = 64;
  double learning_rate = 2e-4;
  std::string device = "cpu";

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("out", self.out, "folder of the model with a quick network");
    field("stream", self.stream, "pictures with captions, or a folder that imagine dataset filled");
    field("run", self.run, "folder of the training: checkpoints, log");
    field("steps", self.steps, "denoising steps in which the quick network (the student) draws");
    field("substeps", self.substeps, "steps of the teacher for each of them");
    field("views", self.views, "samples seen in training: pictures that are shown");
    field("batch", self.batch, "batch size: pictures of an update");
    field("learning_rate", self.learning_rate, "at the beginning; falls to 0");
    field("device", self.device, "cpu or cuda");
  }
};

/// Trains a network to draw in `options.steps` steps of one evaluation each what the base of the
/// model in `folder` draws with its guidance, or what its quick network draws in as many steps as
/// those have substeps, and writes the model with it as its quick network to `options.out`; of a
/// MiniT2I the network is another in its place. Goes on
/// where it was interrupted. `stream.shards` may name one folder that `imagine dataset` filled.
/// InputError where `out` exists; ConfigError for a model with other than one base.
void distill(const io::fs::path& folder, const DistillOptions& options,
             const OnProgress& on_progress);

}  // namespace imagine::train
