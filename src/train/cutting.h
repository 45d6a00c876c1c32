/// Pictures of any size, cut and shrunk to the one that is shown.
#pragma once

#include "core/extent.h"
#include "data/resample.h"
#include "imagine/image.h"
#include "tensor/types.h"

namespace imagine::train {

/// The largest part of the picture in the shape of `extent`, which `along` (0 .. 1) puts on the
/// side that it does not fill.
data::Box largest_box(const Image& image, Extent extent, double along);

/// What lies around the box: left, above, right and below, in its widths and heights. [4]
Tensor cut_off(const Image& image, const data::Box& box);

Image cut_out(const Image& image, const data::Box& box);

/// By means of blocks as far as four times the extent, which is faster, and by a better filter from
/// there; enlarged by it where the picture is smaller.
Image shrunk(const Image& image, Extent extent);

}  // namespace imagine::train
