/// All that judges pictures, from one folder.
#pragma once

#include <vector>

#include "evaluate/ceiling.h"
#include "evaluate/judge.h"
#include "evaluate/matcher.h"

namespace imagine::evaluate {

struct Panel {
  std::vector<Judge> judges;
  std::vector<std::vector<Ceiling>> ceilings;  ///< of each judge
  Matcher matcher{nullptr};
};

/// FOLDER/first, FOLDER/second and FOLDER/matcher, as `imagine judge` and `imagine matcher` write
/// them. InputError naming what is missing; ConfigError or FormatError for files that do not fit.
Panel load_panel(const io::fs::path& folder);

/// What a generator would score that makes no mistake: the mean over tasks and judges.
double ceiling_of(const Panel& panel, bool held_out);

}  // namespace imagine::evaluate
