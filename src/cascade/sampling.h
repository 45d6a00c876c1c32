/// Draws with a network: noise, guidance, sampler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/extent.h"
#include "denoiser/hybrid.h"
#include "denoiser/upscaler.h"
#include "diffusion/solver.h"

namespace imagine::cascade {

/// How a stage samples. Stored per stage in model.json as its defaults.
struct SamplingOptions {
  std::string sampler = "dpm++";
  std::int64_t steps = 16;
  double guidance = 3;
  double guidance_begin = 0;
  double guidance_end = 1;
  double first_step = 0;
  double threshold = 0;
  double begin = 0.5;
  double augmentation = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("sampler", self.sampler, "dpm++, dpm++3m, unipc, heun or euler");
    field("steps", self.steps, "steps from noise to picture");
    field("guidance", self.guidance, "guidance scale; 1: none");
    field("guidance_begin", self.guidance_begin, "guided from this t (0: noise) ...");
    field("guidance_end", self.guidance_end, "... to this one (1: clean)");
    field("first_step", self.first_step,
          "how far t goes in the first step from noise, however many follow; 0: as in the others");
    field("threshold", self.threshold, "dynamic thresholding: quantile, 0: none");
    field("begin", self.begin, "a base after a smaller one: the t at which it takes over");
    field("augmentation", self.augmentation,
          "super-resolution: noise on the low resolution, 0 .. 1");
  }

  /// ConfigError naming the field.
  void validate() const;
};

/// The texts of a batch of pictures. Without a negative text the network's own "no text" stands in.
struct Prompts {
  TextEmbedding text;                     // [B, T, D]
  std::optional<TextEmbedding> negative;  // [B, T', D]
};

/// One batch of pictures: picture k starts from the noise of seeds[k], whatever the others are.
struct Sampling {
  std::vector<std::uint64_t> seeds;
  SamplingOptions options;
  diffusion::OnStep on_step;
};

/// A picture of which a part stays, at the size that is drawn.
struct Kept {
  Tensor picture;        // [1, 3, H, W] in -1 .. 1
  Tensor mask;           // [1, 1, H, W], 1 where it is drawn anew
  bool renoised = true;  // see diffusion::Inpainting
};

/// Where a drawing begins, if not at noise alone, and what stays of a picture.
struct Beginning {
  Tensor picture = {};  // [B or 1, 3, s, s], enlarged where it is smaller; undefined: noise
  double time = 0;      // 0: nothing of it is seen .. 1: it stays as it is
  std::optional<Kept> kept = {};
};

/// Pictures [B, 3, H, W] of that extent in -1 .. 1, not clamped: from noise, or from a picture with
/// as much noise on it as the path has at the beginning's time (Meng et al. 2021, SDEdit).
Tensor draw(denoiser::Hybrid network, const Prompts& prompts, Extent extent,
            const Sampling& sampling, const Beginning& beginning = {});

/// text of B rows or one for all, low [B, 3, H, W] in -1 .. 1 -> [B, 3, fH, fW]. Large pictures are
/// drawn in tiles, with the same noise and, but for rounding, the same result where the network
/// reads no farther than their margins: what is computed at once, and its memory, do not grow with
/// the picture.
Tensor upscale(denoiser::Upscaler& network, const TextEmbedding& text, const Tensor& low,
               const Sampling& sampling, const std::optional<Kept>& kept = {});

}  // namespace imagine::cascade
