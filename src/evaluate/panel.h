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
  Matcher matcher{nullptr};                    ///< empty where the folder has none
};

/// FOLDER/first and FOLDER/second as `imagine judge` writes them, and FOLDER/matcher, if it is
/// there, as `imagine matcher` does. InputError naming what is missing; ConfigError or FormatError
/// for files that do not fit.
Panel load_panel(const io::fs::path& folder);

/// What a generator would score that makes no mistake: the mean over tasks and judges.
double ceiling_of(const Panel& panel, bool held_out);

}  // namespace imagine::evaluate
