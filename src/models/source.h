/// A picture from outside, as a stage takes it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/extent.h"
#include "imagine/image.h"
#include "tensor/types.h"

namespace imagine::models {

/// Of a square the square of `side`; else the extent whose shorter side is `side` and whose longer
/// one is the nearest multiple of 8 that keeps the shape, as diffusers' pipelines of DeepFloyd IF
/// fit a picture.
Extent fitted_extent(Extent extent, std::int64_t side);

/// The largest part in the middle that has that shape.
Image middle_of(const Image& image, Extent shape);

/// The largest square in the middle.
Image middle_square(const Image& image);

/// Resized by an antialiased bicubic filter, on bytes as Pillow does it.
Image resized(const Image& image, Extent extent);

/// Resized alike: [1, 3, H, W] float in -1 .. 1.
Tensor picture_at(const Image& image, Extent extent);

/// The same of an alpha of width * height bytes: as many of the new extent.
std::vector<std::uint8_t> alpha_at(const std::vector<std::uint8_t>& alpha, Extent from, Extent to);

/// The same of its brightness, 0 .. 1: [1, 1, H, W].
Tensor brightness_at(const Image& image, Extent extent);

/// That as a mask: 1 where it is at least half, else 0.
Tensor mask_at(const Image& image, Extent extent);

}  // namespace imagine::models
