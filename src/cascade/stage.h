/// One step of a cascade, whatever network it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cascade/sampling.h"
#include "cascade/source.h"
#include "imagine/pipeline.h"

namespace imagine::cascade {

/// Where and in which type networks compute.
struct Placement {
  torch::Device device = torch::kCPU;
  torch::Dtype dtype = torch::kFloat;
};

/// What a stage draws: all of a picture, a variation of one, or a part of one.
enum class Drawing { whole, variation, part };

/// How what stays of a picture lies beside what is drawn; see diffusion::Inpainting.
inline constexpr const char* kClean = "clean";
inline constexpr const char* kNoised = "noised";

/// What a caller asks of one stage; the rest is the stage's default for that drawing.
struct StageWishes {
  Drawing drawing = Drawing::whole;
  bool enlarges_real = false;  ///< a picture from outside, without the faults of a stage before
  bool negative = false;       ///< there is a negative prompt
  std::optional<std::string> steps = {}, sampler = {}, kept = {};
  std::optional<double> guidance = {}, noise_level = {}, strength = {};
};

/// A picture that is edited, at the size that the stage draws.
struct Edited {
  Tensor picture;    // [1, 3, H, W] in -1 .. 1
  Tensor mask = {};  // [1, 1, H, W], 1 where it is drawn anew; undefined: everywhere
};

/// One batch of pictures.
struct StageTask {
  Prompts prompts;
  Tensor coarse;  ///< the stage before's pictures [B, 3, h, w], not clamped; undefined: none
  std::optional<Edited> edited = {};
  double ratio = 1;  ///< width to height of what is drawn from noise alone
  std::vector<std::uint64_t> seeds;
  StageRecipe settings;
  diffusion::OnStep on_step = {};
};

/// A stage with its weights.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Pictures [B, 3, H, W] float in -1 .. 1, not clamped. Interrupted where on_step says so.
  virtual Tensor draw(const StageTask& task) = 0;
};

/// A stage before its weights are loaded.
class StagePlan {
 public:
  virtual ~StagePlan() = default;

  virtual int size() const = 0;
  /// Whether it enlarges what another stage drew and cannot begin a cascade.
  virtual bool enlarges() const = 0;
  /// How large it draws what it enlarges. May read its configuration.
  virtual Extent enlarged(Extent coarse) const = 0;
  /// Whether it draws large pictures in tiles: its memory does not grow with them.
  virtual bool draws_in_tiles() const { return false; }
  /// Whether it edits pictures of any shape; else squares alone.
  virtual bool edits_any_shape() const = 0;
  /// How large it draws what is edited and was `picture`, after a stage that drew `coarse`.
  virtual Extent edited(Extent picture, Extent coarse) const = 0;
  /// Of its weights.
  virtual std::uint64_t bytes() const = 0;
  /// The stage's defaults with what is wished for. InputError names the option.
  virtual StageRecipe settled(const StageWishes& wishes) const = 0;
  /// With `loras` added to its weights. FormatError or ConfigError for files that do not fit.
  virtual std::unique_ptr<Stage> load(const Placement& placement,
                                      const std::vector<LoraUse>& loras) const = 0;
};

}  // namespace imagine::cascade
