/// How a control's pictures are read.
#pragma once

#include <string_view>

#include "imagine/image_file.h"

namespace imagine::io {

/// What becomes of transparent pixels in the picture of that field of Control: no thing is there,
/// they are far away, they have no colour; else they are paper.
inline Transparency transparency_of(std::string_view field) {
  if (field == "silhouette" || field == "depth") return Transparency::on_black;
  return field == "palette_from" ? Transparency::kept : Transparency::on_white;
}

}  // namespace imagine::io
