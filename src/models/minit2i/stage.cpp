#include "models/minit2i/stage.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/names.h"
#include "core/place.h"
#include "models/flow_sampling.h"
#include "models/loras.h"
#include "models/minit2i/layout.h"
#include "models/minit2i/network.h"
#include "models/minit2i/weights.h"
#include "models/source.h"
#include "nn/weights.h"

namespace imagine::models {
namespace {

/// A step of the published sampler goes no faster than if so much were left of the way.
constexpr double kVelocityFloor = 0.05;
/// Steps of the default sampler, which ends on the clean picture: nearer to where many more end
/// than a hundred of the published one's (docs/minit2i.md says how that was measured).
constexpr std::int64_t kUsualSteps = 25;

/// What its authors use day by day.
double usual_guidance(const MmJitConfig& config, const MiniT2iSchedule& schedule) {
  if (config.is_student()) return *config.omega;
  if (schedule.distilled) return 1;
  constexpr std::int64_t kLarge = 1024;  // B/16 is 768 wide, L/16 1248
  return config.hidden_size < kLarge ? 2.5 : 6.0;
}

class MiniT2iStage : public StageSpec {
 public:
  explicit MiniT2iStage(io::fs::path folder)
      : folder_(std::move(folder)),
        config_(minit2i_config(folder_)),
        schedule_(minit2i_schedule(folder_, config_)) {
    info_ = {.size = int(config_.image_size),
             .bytes = minit2i_bytes(folder_ / kMmJitFolder),
             .samplers = samplers()};
    for (const StageUse& use : {StageUse{}, StageUse{.task = Task::edit},
                                StageUse{.task = Task::edit, .inpaints = true}}) {
      info_.defaults.push_back(
          {.task = use.task, .inpaints = use.inpaints, .settings = resolved({}, use)});
    }
  }

  const StageInfo& info() const override { return info_; }
  bool edits_any_shape() const override { return false; }
  bool draws_squares_alone() const override { return true; }
  std::int64_t place() const override { return config_.patch_size; }
  Extent enlarged(Extent) const override { return {.width = size(), .height = size()}; }
  Extent edited(Extent, Extent) const override { return {.width = size(), .height = size()}; }

  StageSettings resolved(const StageOptions& options, const StageUse& use) const override {
    const bool straight = config_.is_student() || schedule_.distilled;
    StageSettings settings{.size = size()};
    settings.sampler = options.sampler.value_or(straight ? SamplerName::euler : SamplerName::unipc);
    const bool published = straight || settings.sampler == SamplerName::euler;
    settings.steps =
        options.steps.value_or(published ? schedule_.num_inference_steps : kUsualSteps);
    settings.guidance = options.guidance.value_or(usual_guidance(config_, schedule_));
    if (config_.is_student()) {
      settings.t_min = options.t_min.value_or(*config_.t_min);
      settings.t_max = options.t_max.value_or(*config_.t_max);
    }
    settle_edit(settings, options, use);
    check_settings(settings, options, use);
    return settings;
  }

  SamplingPlan plan(const StageInput& input) const override {
    auto plan = first_stage_plan(sampling_of(input.settings), size(), input, config_.noise_scale);
    if (plan.sampler.algorithm == diffusion::Algorithm::ddim) {
      plan.sampler.velocity_floor = kVelocityFloor;
    }
    if (config_.is_student()) plan.guidance = {.scale = 1};  // the network knows of it
    return plan;
  }

  io::fs::path folder(std::optional<StageNetwork>) const override { return folder_ / kMmJitFolder; }

  std::shared_ptr<const Network> load(std::optional<StageNetwork>, const Placement& placement,
                                      const std::vector<LoraUse>& loras) const override {
    return network_of(loaded_mmjit(folder_ / kMmJitFolder, config_, placement, loras), placement);
  }

 private:
  /// A student knows no steps but those that it was taught: straight ones.
  std::vector<SamplerName> samplers() const {
    if (!config_.is_student()) return flow_samplers();
    return {SamplerName::euler, SamplerName::ddim};
  }

  SamplingOptions sampling_of(const StageSettings& settings) const {
    // The share of the picture in what lies at t.
    const auto share = [&](double t) { return t / (t + config_.noise_scale * (1 - t)); };
    // Its end is guided too: steps that begin there, which computing may have put anywhere beside
    // it.
    constexpr double kEnd = 1e-9;
    const SamplingOptions usual{
        .guidance_begin = share(config_.cfg_interval.front()),
        .guidance_end = std::min(1.0, share(config_.cfg_interval.back()) + kEnd)};
    return with_settings(usual, settings);
  }

  void check_settings(const StageSettings& settings, const StageOptions& options,
                      const StageUse& use) const {
    const auto known = samplers();
    std::string names;
    for (const auto name : known) names += concat(names.empty() ? "" : ", ", name_of(name));
    check<InputError>(std::ranges::find(known, settings.sampler) != known.end(),
                      "sampler: expected ", config_.is_student() ? "of a student " : "one of ",
                      names, ", got ", name_of(settings.sampler));
    check<InputError>(!config_.is_student() || !use.negative,
                      "negative: expected none: a student draws without one");
    const bool told = options.t_min || options.t_max;
    check<InputError>(config_.is_student() || !told,
                      "t_min: expected none but of a student, which was taught it");
    const bool in_range = settings.t_min.value_or(0) >= 0 && settings.t_max.value_or(1) <= 1 &&
                          settings.t_min.value_or(0) <= settings.t_max.value_or(1);
    check<InputError>(in_range, "t_min: expected 0 <= t_min <= t_max <= 1, got ",
                      settings.t_min.value_or(0), " and ", settings.t_max.value_or(1));
    check<InputError>(!config_.is_student() || settings.guidance >= 1,
                      "guidance: expected at least 1 of a student, got ", settings.guidance);
    at_place<InputError>("", [&] { sampling_of(settings).validate(); });
  }

  io::fs::path folder_;
  MmJitConfig config_;
  MiniT2iSchedule schedule_;
  StageInfo info_;
};

}  // namespace

std::shared_ptr<const StageSpec> minit2i_stage(const io::fs::path& folder) {
  return std::make_shared<MiniT2iStage>(folder);
}

}  // namespace imagine::models
