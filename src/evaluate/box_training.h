/// Teaches a judge where the bodies that it finds end, on scenes of `imagine dataset --parts judge
/// --labels true`, and measures how well it knows. What else it says stays as it is.
#pragma once

#include <string>
#include <vector>

#include "evaluate/examples.h"
#include "evaluate/interval.h"
#include "evaluate/judge.h"
#include "evaluate/study.h"

namespace imagine::evaluate {

struct BoxTraining {
  Study study{};  ///< its folder is the judge's
  BoxHeadConfig boxes{};

  /// ConfigError naming the field.
  void validate() const;
};

/// How well a judge's boxes fit what is seen of the bodies of real scenes. One that it does not
/// find in its shape and colour has no box that fits.
struct BoxCeiling {
  std::string bodies = {};  ///< which: "alone", "among others", "partly hidden"
  int all = 0;
  double overlap = 0;  ///< mean, 0 .. 1
  int half = 0;        ///< so many overlap by half or more
  int three_quarters = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("bodies", self.bodies, "alone in their picture, seen whole among others, partly hidden");
    field("all", self.all, "bodies of real scenes");
    field("overlap", self.overlap, "of the judge's box and the true one, in the mean");
    field("half", self.half, "bodies whose boxes overlap by half or more");
    field("three_quarters", self.three_quarters, "by three quarters or more");
  }
};

/// One for each kind of bodies that there are. InputError for examples without labels.
std::vector<BoxCeiling> box_ceilings_of(Judge judge, const Examples& examples);

/// Writes FOLDER/boxes with config.json, model.safetensors and ceilings.json, FOLDER being the
/// judge's, which is locked meanwhile. Interrupted where it was told to stop; nothing is written
/// then.
std::vector<BoxCeiling> train_boxes(const BoxTraining& training,
                                    const OnStudyProgress& on_progress);

}  // namespace imagine::evaluate
