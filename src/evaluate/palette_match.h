/// Whether a picture has the colours that it was told.
#pragma once

#include "io/palette.h"

namespace imagine::evaluate {

/// How far the nearest of the picture's own colours is from each that was told: the mean of
/// CIEDE2000 differences, weighted by the told shares. InputError where nothing was told.
double palette_distance(const std::vector<io::Swatch>& told, const Image& image);

}  // namespace imagine::evaluate
