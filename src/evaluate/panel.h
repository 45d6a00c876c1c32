/// All that judges pictures, from one folder.
#pragma once

#include <functional>
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

/// The bodies of a picture, as each judge finds them.
std::vector<std::vector<Found>> bodies_in(Panel& panel, const Image& picture);

/// The share of judges who, from the bodies that they found, say so.
double agreeing(const std::vector<std::vector<Found>>& judged,
                const std::function<bool(const std::vector<Found>& found)>& says_so);

/// Whether all judges say where bodies end.
bool know_boxes(const Panel& panel);

/// What a generator would score that makes no mistake: the mean over tasks and judges.
double ceiling_of(const Panel& panel, bool held_out);

}  // namespace imagine::evaluate
