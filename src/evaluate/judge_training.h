/// Trains a judge on scenes of `imagine dataset --parts judge`, and measures how often it is right
/// about them: the ceiling of every score that it gives.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "evaluate/ceiling.h"

namespace imagine::evaluate {

struct JudgeTraining {
  std::string out;
  std::string shards;
  std::int64_t seed = 1;
  std::int64_t views = 200000;
  std::int64_t batch = 64;
  double learning_rate = 1e-3;
  JudgeConfig judge{};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("out", self.out, "folder of the judge");
    field("shards", self.shards, "folder made by imagine dataset --parts judge");
    field("seed", self.seed, "of weights and order");
    field("views", self.views, "pictures that are shown");
    field("batch", self.batch, "pictures of an update");
    field("learning_rate", self.learning_rate, "at the beginning; falls to 0");
    field("judge", self.judge, "the network");
  }

  /// ConfigError naming the field.
  void validate() const;
};

struct JudgeProgress {
  std::int64_t views = 0, all = 0;
  double loss = 0;  ///< running mean
};
/// Asked after each update; false stops the training, nothing is kept.
using OnJudgeProgress = std::function<bool(const JudgeProgress&)>;

/// Writes out/config.json, out/model.safetensors and out/ceilings.json. Interrupted where it was
/// told to stop.
std::vector<Ceiling> train_judge(const JudgeTraining& training, const OnJudgeProgress& on_progress);

/// ConfigError or FormatError for files that do not fit.
Judge load_judge(const io::fs::path& folder);

}  // namespace imagine::evaluate
