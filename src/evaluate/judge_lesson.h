/// Scenes as a judge learns them.
#pragma once

#include <cstdint>

#include "core/fields.h"
#include "data/labels.h"
#include "evaluate/judge.h"

namespace imagine::evaluate {

/// What the judge should say of a scene; the cells around a body's middle count too, less.
struct JudgeTarget {
  Tensor middle;  // [G, G] 1 at the middle of a body, less around it, 0 elsewhere
  Tensor shape;   // [G, G] index of the nearest body's shape
  Tensor colour;  // [G, G]
  Tensor place;   // [2, G, G]
};
JudgeTarget target_of(const Json& facts, std::int64_t grid);

/// Where each body ends, for the cells that say what it is.
struct BoxTarget {
  Tensor near;  // [G, G]     how much a cell should know of it; 0 far from all that can be seen
  Tensor box;   // [4, G, G]  x, y, width, height in parts of the picture
};
BoxTarget box_target_of(const Json& facts, const data::Labels& labels, std::int64_t grid);

/// The loss of boxes on pictures with these targets, stacked [B, ...]: L1, and what their overlap
/// lacks of 1. []
Tensor box_loss(const Tensor& boxes, const BoxTarget& targets);

/// The loss of a verdict on pictures with these targets, stacked [B, ...]: a focal loss of the
/// middles (Law and Deng 2018, eq. 1), cross entropy and L1 of the rest near them. []
Tensor judge_loss(const Verdict& verdict, const JudgeTarget& targets);

}  // namespace imagine::evaluate
