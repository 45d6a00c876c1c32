/// Masks as Google's clients mean them.
#pragma once

#include "imagine/request.h"

namespace imagine::serve {

/// White where the mask is not black, grown by that share of its width to all sides: Google's own
/// are drawn anew where they are not zero.
Source grown_mask(Source mask, double dilation);

}  // namespace imagine::serve
