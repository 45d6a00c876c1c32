#include "models/deepfloyd_if/stage.h"

#include <cmath>

#include <torch/utils.h>

#include "core/names.h"
#include "core/place.h"
#include "diffusion/scheduler_config.h"
#include "io/json_file.h"
#include "models/deepfloyd_if/network.h"
#include "models/loras.h"
#include "models/source.h"
#include "nn/weights.h"

namespace imagine::models {
namespace {

using diffusion::Schedule;
using diffusion::SchedulerConfig;

/// All that a stage's folder says without its weights.
struct IfFolder {
  io::fs::path path;
  IfUnetConfig unet;
  SchedulerConfig scheduler;
  diffusion::BetaSchedule augmentation;  // of the noise on what is enlarged
};

/// What diffusers writes before the names of a U-Net's low-rank changes.
constexpr const char* kLoraPrefix = "unet.";

SchedulerConfig scheduler_in(const io::fs::path& folder) {
  const auto path = folder / "scheduler_config.json";
  return diffusion::scheduler_config_of(io::read_python_json(path), path.string());
}

IfFolder read_folder(const io::fs::path& folder) {
  const auto config = folder / "unet" / "config.json";
  IfFolder read{.path = folder,
                .unet = if_unet_config_of(io::read_python_json(config), config.string()),
                .scheduler = scheduler_in(folder / "scheduler"),
                .augmentation = {}};
  check<ConfigError>(read.unet.size % read.unet.multiple() == 0, config.string(),
                     ": sample_size: expected a multiple of ", read.unet.multiple(), ", got ",
                     read.unet.size);
  const bool enlarges = read.unet.in_channels == 6;
  check<ConfigError>(enlarges == read.unet.told_noise_level, config.string(),
                     ": class_embed_type: expected timestep where in_channels is 6, and null ",
                     "where it is 3, got in_channels ", read.unet.in_channels);
  if (enlarges) read.augmentation = scheduler_in(folder / "image_noising_scheduler").betas;
  return read;
}

SchedulerConfig scheduler_for(const IfFolder& folder, SamplerName sampler) {
  const bool as_published = sampler == diffusion::name_of(folder.scheduler.sampler);
  return as_published ? folder.scheduler : diffusion::with_sampler(folder.scheduler, sampler);
}

/// How many of a schedule's steps an edit of this strength takes (diffusers' get_timesteps).
int64_t steps_left(int64_t steps, double strength) {
  return std::min(int64_t(double(steps) * strength), steps);
}

/// What diffusers' pipelines for such a use take where they are not told.
StageSettings usual_settings(bool second, const StageUse& use) {
  const auto steps = [](int64_t count) { return Steps(count); };
  const double guidance = second ? 4.0 : 7.0;
  if (use.inpaints) {
    return {.steps = steps(second ? 100 : 50),
            .guidance = guidance,
            .strength = second ? 0.8 : 1.0,
            .known_region = KnownRegion::clean};
  }
  if (use.task == Task::edit) {
    return {.steps = steps(second ? 50 : 80),
            .guidance = second ? 4.0 : 10.0,
            .strength = second ? 0.8 : 0.7};
  }
  return {.steps = steps(second ? 50 : 100), .guidance = guidance};
}

class IfStage : public StageSpec {
 public:
  explicit IfStage(IfFolder folder) : folder_(std::move(folder)) {
    info_ = {.size = int(folder_.unet.size), .enlarges = folder_.unet.in_channels == 6};
    std::error_code missing;  // load() says so
    if (io::fs::is_directory(folder_.path / "unet", missing)) info_.bytes = weight_bytes();
    for (const auto& name : all_names<SamplerName>()) {
      info_.samplers.push_back(*value_named<SamplerName>(name));
    }
    for (const StageUse& use : {StageUse{}, StageUse{.task = Task::edit},
                                StageUse{.task = Task::edit, .inpaints = true}}) {
      info_.defaults.push_back(
          {.task = use.task, .inpaints = use.inpaints, .settings = resolved({}, use)});
    }
    if (enlarges()) {
      info_.defaults.push_back({.task = Task::upscale, .settings = resolved({}, {})});
    }
  }

  const StageInfo& info() const override { return info_; }
  bool edits_any_shape() const override { return true; }
  std::int64_t place() const override { return folder_.unet.multiple(); }
  Extent enlarged(Extent coarse) const override { return fitted_extent(coarse, size()); }
  Extent edited(Extent picture, Extent) const override { return fitted_extent(picture, size()); }

  StageSettings resolved(const StageOptions& options, const StageUse& use) const override {
    const bool second = enlarges();
    auto settings = usual_settings(second, use);
    settings.size = size();
    settings.steps = options.steps.value_or(settings.steps);
    settings.sampler = options.sampler.value_or(diffusion::name_of(folder_.scheduler.sampler));
    settings.guidance = options.guidance.value_or(settings.guidance);
    if (use.task == Task::edit) settings.strength = options.strength.value_or(settings.strength);
    if (use.inpaints) {
      settings.known_region = options.known_region.value_or(*settings.known_region);
    }
    if (second) {
      constexpr double kPublished = 250;
      settings.noise_level = options.noise_level.value_or(use.inpaints ? 0 : kPublished);
    }
    check_settings(settings);
    return settings;
  }

  SamplingPlan plan(const StageInput& input) const override {
    const auto& settings = input.settings;
    const auto config = scheduler_for(folder_, settings.sampler);
    SamplingPlan plan{
        .extent = extent_of(input),
        .sampler = config.sampler,
        .schedule = diffusion::sampling_schedule_of(config, Schedule(config.betas), settings.steps),
        .guidance = {.scale = std::max(settings.guidance, 1.0)},
        .bounded = [config](diffusion::Prediction prediction) {
          return diffusion::bounded(std::move(prediction), config);
        }};
    if (input.edited) {
      // As in diffusers' pipelines, the noise of the first level is added to the picture even at
      // full strength.
      auto& steps = plan.schedule.steps;
      const auto left = steps_left(std::ssize(steps), settings.strength);
      plan.schedule.skipped = std::ssize(steps) - left;
      steps.erase(steps.begin(), steps.end() - left);
      plan.picture = input.edited->picture;
    }
    if (enlarges()) plan.enlarging = enlarging_of(input, plan.extent);
    return plan;
  }

  io::fs::path folder(std::optional<StageNetwork>) const override { return folder_.path / "unet"; }

  std::shared_ptr<const Network> load(std::optional<StageNetwork>, const Placement& placement,
                                      const std::vector<LoraUse>& loras) const override {
    IfUnet network(folder_.unet);
    const auto files = weights();
    nn::load_weights(*network, files, {.dtype = std::nullopt, .mapped = true});
    add_loras(*network, loras, {.prefix = kLoraPrefix});
    network->to(placement.device);
    network->eval();
    const bool packed = placement.device.is_cpu() && nn::fits_packed(double(files.bytes()));
    if (packed) nn::pack(*network, /*mapped=*/true);
    return network_of(network, folder_.scheduler.target, placement, packed);
  }

 private:
  io::WeightFiles weights() const {
    return io::WeightFiles::find(folder_.path / "unet", "diffusion_pytorch_model");
  }

  /// Of files that may be missing yet.
  std::uint64_t weight_bytes() const {
    try {
      return weights().bytes();
    } catch (const FormatError&) {
      return 0;
    }
  }

  void check_settings(const StageSettings& settings) const {
    const auto most = double(folder_.augmentation.timesteps - 1);
    check<InputError>(0 <= settings.guidance && settings.guidance <= 100,
                      "guidance: expected 0 to 100, got ", settings.guidance);
    check<InputError>(!enlarges() || (0 <= settings.noise_level && settings.noise_level <= most &&
                                      settings.noise_level == std::floor(settings.noise_level)),
                      "noise_level: expected a whole number from 0 to ", most, ", got ",
                      settings.noise_level);
    at_place<InputError>("", [&] {
      const auto config = scheduler_for(folder_, settings.sampler);
      const auto schedule =
          diffusion::sampling_schedule_of(config, Schedule(config.betas), settings.steps);
      const auto steps = std::ssize(schedule.steps);
      check<InputError>(steps_left(steps, settings.strength) > 0, "strength: expected at least ",
                        1.0 / double(steps), " for ", steps, " steps, got ", settings.strength);
    });
  }

  Extent extent_of(const StageInput& input) const {
    const auto& shown = input.edited ? input.edited->picture : input.coarse;
    if (!shown.defined()) return extent_of_ratio(input.ratio, size());
    return fitted_extent({.width = shown.size(3), .height = shown.size(2)}, size());
  }

  /// The stage before's picture at this one's size.
  Enlarging enlarging_of(const StageInput& input, Extent extent) const {
    const auto told = input.settings.noise_level;
    const auto level = Schedule(folder_.augmentation).level(int64_t(told));
    return {.low = at::upsample_bilinear2d(input.coarse.clamp(-1, 1), {extent.height, extent.width},
                                           /*align_corners=*/true),
            .alpha = level.alpha,
            .sigma = level.sigma,
            .noise_level = told};
  }

  IfFolder folder_;
  StageInfo info_;
};

}  // namespace

std::shared_ptr<const StageSpec> if_stage(const io::fs::path& folder) {
  return std::make_shared<IfStage>(read_folder(folder));
}

}  // namespace imagine::models
