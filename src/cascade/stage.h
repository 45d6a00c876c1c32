/// One step of a cascade, whatever network it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cascade/sampling.h"
#include "imagine/request.h"

namespace imagine::cascade {

/// Where and in which type networks compute.
struct Placement {
  torch::Device device = torch::kCPU;
  torch::Dtype dtype = torch::kFloat;
};

/// What a caller asks of one stage; the rest is the stage's default.
struct StageWishes {
  std::optional<std::string> steps = {}, sampler = {};
  std::optional<double> guidance = {}, noise_level = {};
};

/// One batch of pictures.
struct StageTask {
  Prompts prompts;
  Tensor coarse;  ///< the stage before's pictures [B, 3, S, S], not clamped; undefined: none
  std::vector<std::uint64_t> seeds;
  StageRecipe settings;
  diffusion::OnStep on_step = {};
};

/// A stage with its weights.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Pictures [B, 3, size, size] float in -1 .. 1, not clamped. Interrupted where on_step says so.
  virtual Tensor draw(const StageTask& task) = 0;
};

/// A stage before its weights are loaded.
class StagePlan {
 public:
  virtual ~StagePlan() = default;

  virtual int size() const = 0;
  /// Whether it enlarges what another stage drew and cannot begin a cascade.
  virtual bool enlarges() const = 0;
  /// Of its weights.
  virtual std::uint64_t bytes() const = 0;
  /// The stage's defaults with what is wished for. InputError names the option.
  virtual StageRecipe settled(const StageWishes& wishes) const = 0;
  /// FormatError or ConfigError for files that do not fit.
  virtual std::unique_ptr<Stage> load(const Placement& placement) const = 0;
};

}  // namespace imagine::cascade
