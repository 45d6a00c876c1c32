/// How a control's pictures are read.
#pragma once

#include <string_view>

#include "imagine/image_file.h"

namespace imagine::io {

/// What becomes of transparent pixels in the picture of that field of Control: they are far away;
/// of a picture whose edges are found they are paper; else they are told, as no line, thing or
/// colour is there.
inline Transparency transparency_of(std::string_view field) {
  if (field == "depth") return Transparency::on_black;
  return field == "edges_from" ? Transparency::on_white : Transparency::kept;
}

}  // namespace imagine::io
