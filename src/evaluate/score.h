/// Marks of pictures, and the score that they come to.
#pragma once

#include <functional>
#include <vector>

#include "core/fields.h"
#include "evaluate/composition.h"
#include "evaluate/interval.h"

namespace imagine::evaluate {

/// One picture against its prompt.
struct Mark {
  Task task;
  bool held_out = false;
  std::size_t prompt = 0;  ///< tells prompts apart
  std::uint64_t seed = 0;
  std::vector<bool> right;  ///< as each judge sees it

  double value() const;  ///< the share of judges that call it right
};

/// CompScore: the mean over tasks of the mean over pictures and judges. The interval is of 2,000
/// bootstraps over prompts, as the pictures of one prompt are alike; of one task at least Wilson's
/// for as many trials as prompts, as bootstraps of marks that are all right are all right.
/// InputError without marks.
Estimate score_of(const std::vector<Mark>& marks);

/// How much higher `marks` score than `others`, which are of the same prompts and seeds in the same
/// order; the interval is of the differences of pairs. InputError where they are not.
Estimate gain_of(const std::vector<Mark>& marks, const std::vector<Mark>& others);

std::vector<Mark> marks_where(const std::vector<Mark>& marks,
                              const std::function<bool(const Mark&)>& wanted);

/// The share of pictures about which all judges say the same.
Share agreement_of(const std::vector<Mark>& marks);
/// The share that one judge calls right.
Share share_of(const std::vector<Mark>& marks, std::size_t judge);

Json json_of(const Estimate& estimate);
Json json_of(const Share& share);

}  // namespace imagine::evaluate
