/// Masks as clients mean them, made into ours: white is drawn anew, black stays.
#pragma once

#include <cstdint>

#include "imagine/request.h"

namespace imagine::serve {

/// White where `is_chosen` says so of its alpha, else black; as it is where it has no alpha.
Source mask_by_alpha(Source mask, bool (*is_chosen)(std::uint8_t alpha));

/// White where the mask is not black, grown by that share of its width to all sides: Google's own
/// are drawn anew where they are not zero.
Source grown_mask(Source mask, double dilation);

}  // namespace imagine::serve
