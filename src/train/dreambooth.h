/// Teaches a model one thing from a few pictures: `imagine dreambooth`.
#pragma once

#include <string>

#include "io/file.h"
#include "train/trainer.h"

namespace imagine::train {

struct DreamboothOptions {
  std::string pictures = {};
  std::string prompt = {};
  std::string kind = {};
  std::string keep = {};
  std::string out = {};
  std::string run = "runs/dreambooth";
  int64_t rank = 16;
  int64_t priors = 100;
  int64_t views = 6000;
  int64_t batch = 8;
  double learning_rate = 1e-3;
  double keep_weight = 8;
  std::string device = "cpu";

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("pictures", self.pictures, "folder of pictures of the thing, best 5 to 20");
    field("prompt", self.prompt,
          "instance prompt: what they show, with a name that means nothing yet");
    field("kind", self.kind,
          "class prompt: the same without the name; what the model goes on drawing as now");
    field("keep", self.keep,
          "text file of other prompts, one a line, that shall go on being drawn as now, a third of "
          "views of them at most; empty: the model's captions.txt, if it has one");
    field("out", self.out, "file of the low-rank changes (LoRA)");
    field("run", self.run, "folder of the training: checkpoints, log, previews");
    field("rank", self.rank, "rank of the low-rank changes (LoRA)");
    field(
        "priors", self.priors,
        "prior preservation: pictures of the kind, drawn by the model before it learns, a third of "
        "views at most");
    field(
        "views", self.views,
        "samples seen in training: pictures that are shown, a third each of the thing, of the kind "
        "and of other prompts");
    field("batch", self.batch, "batch size: pictures of an update");
    field("learning_rate", self.learning_rate, "at the beginning; falls to 0");
    field(
        "keep_weight", self.keep_weight,
        "prior loss weight: of a picture that shall be drawn as now, beside 1 of one of the thing");
    field("device", self.device, "cpu or cuda");
  }

  /// What is usual for the model in that folder: a MiniT2I, whose pictures are large and whose
  /// network is larger, is shown fewer, one at a time and at its authors' learning rate.
  static DreamboothOptions usual(const io::fs::path& model);
  /// A trial: few pictures are kept and learned from.
  static DreamboothOptions quick(const io::fs::path& model);
  /// InputError naming the field.
  void validate() const;
};

/// DreamBooth with prior preservation (Ruiz et al. 2023, sec. 3.2), as low-rank changes of the base
/// of the model in `folder`, or of a MiniT2I's network: written to `options.out` for `imagine
/// generate --lora`. Goes on where it was interrupted. InputError for options that do not fit, a
/// folder without pictures, and an `out` that exists or a `run` that another process is at;
/// ConfigError for a model with other than one base, or a run of other options.
void dreambooth(const io::fs::path& folder, const DreamboothOptions& options,
                const OnProgress& on_progress);

}  // namespace imagine::train
