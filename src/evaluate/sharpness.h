/// How near an enlarged picture comes to the true one. Pictures [3, H, W] in 0 .. 1.
#pragma once

#include "tensor/types.h"

namespace imagine::evaluate {

/// 10 log10(1 / mean square error), decibels; 100 for equal pictures.
double psnr(const Tensor& picture, const Tensor& truth);

/// The same of the differences of neighbouring pixels, sideways and down: of edges.
double gradient_psnr(const Tensor& picture, const Tensor& truth);

/// Mean structural similarity of the brightness in 11x11 Gaussian windows (Wang et al. 2004).
double ssim(const Tensor& picture, const Tensor& truth);

/// Mean difference of neighbours on both sides of every `period`-th line, sideways and down, over
/// that of all others: 1 where the lines cannot be seen, more where there are seams.
double seam(const Tensor& picture, int64_t period);

/// [3, H, W] -> [3, f H, f W]: Lanczos of three lobes.
Tensor lanczos(const Tensor& picture, int64_t factor);
/// The same by Keys' cubic with a = -0.75, as LibTorch has it.
Tensor bicubic(const Tensor& picture, int64_t factor);

}  // namespace imagine::evaluate
