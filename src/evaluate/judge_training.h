/// Trains a judge on scenes of `imagine dataset --parts judge`, and measures how often it is right
/// about them: the ceiling of every score that it gives.
#pragma once

#include <vector>

#include "evaluate/ceiling.h"
#include "evaluate/study.h"

namespace imagine::evaluate {

struct JudgeTraining {
  Study study{};
  JudgeConfig judge{};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("study", self.study, "how it learns");
    field("judge", self.judge, "the network");
  }

  /// ConfigError naming the field.
  void validate() const;
};

/// Writes config.json, model.safetensors and ceilings.json into the study's folder, which is locked
/// meanwhile. Interrupted where it was told to stop; nothing is written then.
std::vector<Ceiling> train_judge(const JudgeTraining& training, const OnStudyProgress& on_progress);

/// Folder within a judge's: where bodies end, as box_training.h teaches it.
inline constexpr const char* kBoxes = "boxes";

/// With its boxes where it was taught any. ConfigError or FormatError for files that do not fit.
Judge load_judge(const io::fs::path& folder);

}  // namespace imagine::evaluate
