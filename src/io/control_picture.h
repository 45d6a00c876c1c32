/// How a control's pictures are read.
#pragma once

#include <cstdint>
#include <optional>

#include "imagine/control.h"
#include "imagine/image_file.h"

namespace imagine::io {

/// From that alpha on a pixel is seen.
inline constexpr std::uint8_t kSeen = 128;

/// What becomes of transparent pixels in `picture`, a member of `control`: they are far away; of a
/// picture whose edges are found they are paper; else they are told, as no line, thing or colour is
/// there.
inline Transparency transparency_of(const Control& control, const std::optional<Source>& picture) {
  if (&picture == &control.depth) return Transparency::on_black;
  return &picture == &control.edges_from ? Transparency::on_white : Transparency::kept;
}

}  // namespace imagine::io
