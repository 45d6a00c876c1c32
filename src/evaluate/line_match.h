/// Whether a picture follows lines.
#pragma once

#include "tensor/types.h"

namespace imagine::evaluate {

/// F1 of two drawings of lines [H, W], 1 on lines and else 0: the harmonic mean of the share of
/// `drawn` that lies within `reach` pixels of `told` and of the reverse (as Martin et al. 2004, who
/// match one to one). 1 where neither has any line, 0 where one has none.
double line_match(const Tensor& drawn, const Tensor& told, double reach);

}  // namespace imagine::evaluate
