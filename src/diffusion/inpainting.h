/// Inpainting: a part of a picture is drawn while the rest, the known region, stays.
#pragma once

#include "diffusion/solver.h"

namespace imagine::diffusion {

/// Where `noise` is given, the known region carries it on the way as the drawn pixels do, so that
/// the network sees one picture (after Lugmayr et al. 2022, "RePaint", eq. 8); else it is clean
/// from the first step on, as in diffusers' pipelines of DeepFloyd IF.
struct Inpainting {
  Tensor picture;     // [B or 1, 3, H, W] clean
  Tensor mask;        // [B or 1, 1, H, W], 1 where it is drawn, 0 in the known region
  Tensor noise = {};  // [B, 3, H, W]
  /// The mask, 0 .. 1, says how much of each place is drawn: a place of 0.3 is known until three
  /// tenths of the noise are left (Levin and Fried 2023, "Differential Diffusion").
  bool by_strength = false;
};

/// `drawn` [B, 3, H, W], which lies at `level`, with the known region in its place.
Tensor with_known_region(const Inpainting& inpainting, const Tensor& drawn, NoiseLevel level);

/// Puts it there after every step.
AfterStep keeping_known_region(Inpainting inpainting);

}  // namespace imagine::diffusion
