/// How a stage whose network learned a flow samples.
#pragma once

#include <cstdint>
#include <vector>

#include "imagine/recipe.h"
#include "models/stage.h"

namespace imagine::models {

/// Stored per stage in model.json as its defaults.
struct SamplingOptions {
  SamplerName sampler = SamplerName::dpm_solver;
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

/// The samplers that a flow can use.
std::vector<SamplerName> flow_samplers();

/// The options with what the settings say: steps, sampler, guidance, noise level. ConfigError for a
/// list of timesteps, which is of other schedules.
SamplingOptions with_settings(const SamplingOptions& options, const StageSettings& settings);

/// The part of a path that is taken, and the standard deviation of the noise that it begins with.
struct FlowPath {
  double begin = 0;  ///< t, 0: noise
  double noise_scale = 1;
};

/// A sampling of such a picture to t = 1, the clean one.
SamplingPlan flow_plan(const SamplingOptions& options, Extent extent, const FlowPath& path = {});

/// How a stage samples that draws from noise or from a picture that is edited, at side `size`.
SamplingPlan first_stage_plan(const SamplingOptions& options, int size, const StageInput& input,
                              double noise_scale = 1);

/// What is asked for of an edit, the rest as flows have it: strength 0.7, all with a mask, whose
/// known region is noised. InputError for a strength that leaves nothing to be drawn.
void settle_edit(StageSettings& settings, const StageOptions& options, const StageUse& use);

/// A part of the path takes a part of its steps, at least one.
std::int64_t steps_within(std::int64_t steps, double part);

}  // namespace imagine::models
