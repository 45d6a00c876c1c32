/// SVG drawings to pixels (librsvg).
#pragma once

#include <string>

#include "io/image_file.h"

namespace imagine::data {

/// The whole drawing, its longer side `longest` pixels. FormatError names `where`.
io::RgbaImage draw_svg(const std::string& svg, int longest, const std::string& where);

}  // namespace imagine::data
