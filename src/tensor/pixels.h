/// Between 8-bit pictures and tensors.
#pragma once

#include <vector>

#include "imagine/image.h"
#include "tensor/types.h"

namespace imagine::tensor {

/// Pictures of one size -> [B, 3, H, W] float in -1 .. 1.
Tensor to_pixels(const std::vector<Image>& images);

/// [B, 3, H, W] in -1 .. 1 -> 8-bit pictures, values outside clamped.
std::vector<Image> to_images(const Tensor& pixels);

}  // namespace imagine::tensor
