/// Trains a matcher on pictures of objects of `imagine dataset --parts judge`, and measures how
/// often it knows real ones: the ceiling of what it says of others.
#pragma once

#include "evaluate/matcher.h"
#include "evaluate/retrieval.h"
#include "evaluate/study.h"

namespace imagine::evaluate {

struct MatcherTraining {
  Study study{.batch = 64, .learning_rate = 2e-3};
  MatcherConfig matcher{};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("study", self.study, "how it learns");
    field("matcher", self.matcher, "the network");
  }

  /// ConfigError naming the field.
  void validate() const;
};

/// Writes config.json and model.safetensors into the study's folder, which is locked meanwhile.
/// Interrupted where it was told to stop; nothing is written then. Returns what it recalls of real
/// pictures kept back.
std::vector<Recall> train_matcher(const MatcherTraining& training,
                                  const OnStudyProgress& on_progress);

/// ConfigError or FormatError for files that do not fit.
Matcher load_matcher(const io::fs::path& folder);

}  // namespace imagine::evaluate
