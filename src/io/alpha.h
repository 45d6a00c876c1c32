/// Colours and alpha, apart and together.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image_file.h"

namespace imagine::io {

/// Of each pixel; empty where all are opaque.
std::vector<std::uint8_t> alpha_of(const RgbaImage& image);

/// The colours alone. Where nothing is to be seen (alpha 0) those of the nearest pixel that is,
/// along rows and columns, so that no colour that nobody sees bleeds over an edge; white where
/// nothing is seen anywhere.
Image colors_of(const RgbaImage& image);

/// The two together; `alpha` of width * height bytes, or empty: opaque.
RgbaImage with_alpha(const Image& colors, const std::vector<std::uint8_t>& alpha);

}  // namespace imagine::io
