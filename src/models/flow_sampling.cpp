#include "models/flow_sampling.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "core/names.h"
#include "core/range.h"
#include "diffusion/flow.h"
#include "diffusion/thresholding.h"

namespace imagine::models {
namespace {

diffusion::Sampler sampler_of(SamplerName name) {
  const auto known = flow_samplers();
  check<ConfigError>(std::ranges::find(known, name) != known.end(),
                     "sampler: expected dpm++, dpm++3m, unipc, heun or euler for a flow, got \"",
                     name_of(name), '"');
  auto sampler = diffusion::sampler_of(name);
  sampler.straight = true;
  return sampler;
}

/// Of what is drawn. An edited picture has its extent already: rounded once more to what a stage
/// draws it might be another.
Extent drawn_extent(const StageInput& input, int size) {
  const auto ratio = [](const Tensor& of) { return double(of.size(3)) / double(of.size(2)); };
  if (input.edited) {
    const auto& picture = input.edited->picture;
    return {.width = picture.size(3), .height = picture.size(2)};
  }
  return extent_of_ratio(input.coarse.defined() ? ratio(input.coarse) : input.ratio, size);
}

}  // namespace

void SamplingOptions::validate() const {
  sampler_of(sampler);
  check_range("steps", steps, 1, 1000);
  check_range("guidance", guidance, 0, kLargestGuidance);
  check_range("guidance_begin", guidance_begin, 0, 1);
  check_range("guidance_end", guidance_end, 0, 1);
  check_range("first_step", first_step, 0, 0.9);
  check_range("threshold", threshold, 0, 1);
  check_range("begin", begin, 0, 0.999);
  check_range("augmentation", augmentation, 0, 1);
}

std::vector<SamplerName> flow_samplers() {
  return {SamplerName::dpm_solver, SamplerName::dpm_solver_3m, SamplerName::unipc,
          SamplerName::heun,       SamplerName::euler,         SamplerName::ddim};
}

SamplingOptions with_settings(const SamplingOptions& options, const StageSettings& settings) {
  const auto* steps = std::get_if<std::int64_t>(&settings.steps);
  check<ConfigError>(steps != nullptr, "steps: expected a whole number, got a list of timesteps");
  auto sampling = options;
  sampling.steps = *steps;
  sampling.sampler = settings.sampler;
  sampling.guidance = settings.guidance;
  sampling.augmentation = settings.noise_level;
  return sampling;
}

SamplingPlan flow_plan(const SamplingOptions& options, Extent extent, const FlowPath& path) {
  const double first_step = path.begin > 0 ? 0 : options.first_step;
  const double shift = diffusion::shift_for(options.steps, first_step);
  SamplingPlan plan{
      .extent = extent,
      .sampler = sampler_of(options.sampler),
      .schedule = diffusion::flow_schedule(options.steps, shift, path.begin),
      .guidance = {
          .scale = options.guidance, .begin = options.guidance_begin, .end = options.guidance_end}};
  for (auto& step : plan.schedule.steps) {
    step.from.sigma *= path.noise_scale, step.to.sigma *= path.noise_scale;
  }
  plan.schedule.start_scale = path.noise_scale;
  if (options.threshold > 0) {
    plan.bounded = [quantile = options.threshold](diffusion::Prediction prediction) {
      return diffusion::thresholded(std::move(prediction), quantile);
    };
  }
  return plan;
}

SamplingPlan first_stage_plan(const SamplingOptions& options, int size, const StageInput& input,
                              double noise_scale) {
  const auto extent = drawn_extent(input, size);
  auto sampling = options;
  Tensor picture;
  double begin = 0;
  if (input.coarse.defined()) {
    picture = input.coarse, begin = options.begin;
  } else if (input.edited) {
    picture = input.edited->picture, begin = 1 - input.settings.strength;
    sampling.steps = steps_within(options.steps, input.settings.strength);
  }
  auto plan = flow_plan(sampling, extent, {.begin = begin, .noise_scale = noise_scale});
  if (!picture.defined()) return plan;
  plan.picture = picture.clamp(-1, 1);
  if (picture.size(2) != extent.height || picture.size(3) != extent.width) {
    plan.picture = at::upsample_bicubic2d(plan.picture, {extent.height, extent.width},
                                          /*align_corners=*/false);
  }
  return plan;
}

void settle_edit(StageSettings& settings, const StageOptions& options, const StageUse& use) {
  constexpr double kVariationStrength = 0.7;
  constexpr double kLeastStrength = 0.001;
  if (use.task == Task::edit) {
    settings.strength = options.strength.value_or(use.inpaints ? 1 : kVariationStrength);
  }
  check<InputError>(settings.strength >= kLeastStrength, "strength: expected at least ",
                    kLeastStrength, ", got ", settings.strength);
  if (use.inpaints) settings.known_region = options.known_region.value_or(KnownRegion::noised);
}

std::int64_t steps_within(std::int64_t steps, double part) {
  return std::max<std::int64_t>(1, std::llround(double(steps) * part));
}

}  // namespace imagine::models
