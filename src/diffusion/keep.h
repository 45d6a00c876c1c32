/// Drawing a part of a picture anew while the rest stays.
#pragma once

#include "diffusion/sampler.h"

namespace imagine::diffusion {

/// What stays. Where `noise` is given, the kept pixels carry it on the way as the drawn ones do, so
/// that the network sees one picture (after Lugmayr et al. 2022, "RePaint", eq. 8); else they are
/// clean from the first step on, as in diffusers' pipelines of DeepFloyd IF.
struct Keep {
  Tensor picture;     // [B or 1, 3, H, W] clean
  Tensor mask;        // [B or 1, 1, H, W], 1 where it is drawn anew, 0 where it stays
  Tensor noise = {};  // [B, 3, H, W]
};

/// `drawn` [B, 3, H, W], which lies at `level`, with the kept pixels in their places.
Tensor with_kept(const Keep& keep, const Tensor& drawn, NoiseLevel level);

/// Puts them there after every step of a walk.
AfterStep keeping(Keep keep);

}  // namespace imagine::diffusion
