/// Training pictures with their things elsewhere, and smaller.
#pragma once

#include "train/objective.h"

namespace imagine::train {

inline constexpr int64_t kMoveChances = 4;

/// Of rows where much noise is left, t [B] below 0.4, about half as they would be from farther away
/// and with the camera turned: what is between the outermost things comes to lie anywhere, all of
/// it inside, and 0.6 to 1 times as large; beyond the old picture its edge goes on, which that much
/// noise hides. Rows without things stay. Pictures show things in their middle: from them alone
/// nobody learns to draw one at the side. `chance` [B, kMoveChances], each 0 .. 1.
Batch moved_views(const Batch& batch, const Tensor& t, const Tensor& chance);

}  // namespace imagine::train
