/// The lines of a picture.
#pragma once

#include "tensor/types.h"

namespace imagine::tensor {

/// Canny's edges (Canny 1986) of pixels [B, 3, H, W] in -1 .. 1: 1 on lines of one pixel, else 0:
/// [B, 1, H, W]. Of the channel that changes most, after a blur of one pixel: lines begin where
/// places two pixels apart differ by a fifth of black to white, and go on down to 0.08.
Tensor edges_of(const Tensor& pixels);

}  // namespace imagine::tensor
