/// Pictures of one channel that a drawing can follow.
#pragma once

#include <array>

#include "core/extent.h"
#include "imagine/control.h"
#include "tensor/types.h"

namespace imagine::models {

enum class Plane { edges, scribble, nearness, silhouette };
inline constexpr std::int64_t kPlanes = 4;

/// [1, 1, H, W] each, 0 .. 1; undefined: not told.
using ControlPlanes = std::array<Tensor, kPlanes>;

/// Those that `control` has pictures of, fitted to that extent: what lies beyond its shape is cut
/// off on both sides. InputError for a picture of another kind.
ControlPlanes planes_of(const Control& control, Extent extent);

}  // namespace imagine::models
