#include <map>
#include <string_view>

#include <torch/utils.h>

#include "models/imagine/efficient_unet.h"
#include "models/imagine/networks.h"
#include "models/imagine/stage_entry.h"
#include "models/imagine/stages.h"
#include "models/imagine/super_resolution.h"

namespace imagine::models {
namespace {

/// What is known of a network that enlarges without its weights.
struct UpscalerShape {
  UpscalerPath path;
  std::optional<int64_t> reach = {};
};

/// Holder: of the network that it loads.
template <class Holder>
class UpscalerStage : public StageSpec {
 public:
  UpscalerStage(const io::fs::path& folder, StageEntry entry)
      : folder_(folder / entry.folder),
        entry_(std::move(entry)),
        shape_(shape_of(io::read_config<Config>(folder_))) {
    info_ = {.size = entry_.size,
             .enlarges = true,
             .bytes = bytes_of(folder_),
             .samplers = flow_samplers()};
    for (const StageUse& use :
         {StageUse{}, StageUse{.task = Task::edit}, StageUse{.task = Task::edit, .inpaints = true},
          StageUse{.task = Task::upscale, .enlarges_real = true}}) {
      info_.defaults.push_back(
          {.task = use.task, .inpaints = use.inpaints, .settings = resolved({}, use)});
    }
  }

  const StageInfo& info() const override { return info_; }
  bool draws_in_tiles() const override { return shape_.reach.has_value(); }
  bool edits_any_shape() const override { return true; }
  Extent enlarged(Extent coarse) const override {
    return {coarse.width * shape_.path.factor, coarse.height * shape_.path.factor};
  }
  Extent edited(Extent, Extent coarse) const override { return enlarged(coarse); }

  StageSettings resolved(const StageOptions& options, const StageUse& use) const override {
    auto settings = usual_settings(entry_, entry_.sampling);
    settings.steps = options.steps.value_or(settings.steps);
    settings.sampler = options.sampler.value_or(settings.sampler);
    settings.noise_level =
        options.noise_level.value_or(use.enlarges_real ? 0 : settings.noise_level);
    if (use.inpaints) settings.known_region = options.known_region.value_or(KnownRegion::noised);
    check_settings(entry_, settings);
    return settings;
  }

  SamplingPlan plan(const StageInput& input) const override {
    return upscaler_plan(with_settings(entry_.sampling, input.settings), shape_.path, shape_.reach,
                         input);
  }

  io::fs::path folder(std::optional<StageNetwork>) const override { return folder_; }

  std::shared_ptr<const Network> load(std::optional<StageNetwork>, const Placement& placement,
                                      const std::vector<LoraUse>& loras) const override {
    return network_of(loaded<Holder>(folder_, placement, loras).ptr());
  }

 private:
  using Config = std::remove_cvref_t<decltype(Holder::Impl::config)>;

  static UpscalerShape shape_of(const Config& config) {
    UpscalerShape shape{.path = path_of(config)};
    if constexpr (requires { reach_of(config); }) shape.reach = reach_of(config);
    return shape;
  }

  io::fs::path folder_;
  StageEntry entry_;
  UpscalerShape shape_;
  StageInfo info_;
};

template <class Holder>
std::shared_ptr<const StageSpec> made(const io::fs::path& folder, const StageEntry& entry) {
  return std::make_shared<UpscalerStage<Holder>>(folder, entry);
}

using Make = std::shared_ptr<const StageSpec> (*)(const io::fs::path&, const StageEntry&);

const std::map<std::string_view, Make> kMakes = {{kSuperResolution, made<SuperResolution>},
                                                 {kEfficientUnet, made<EfficientUnet>}};

}  // namespace

std::shared_ptr<const StageSpec> upscaler_stage(const io::fs::path& folder,
                                                const StageEntry& entry) {
  return kMakes.at(entry.network)(folder, entry);
}

SamplingPlan upscaler_plan(const SamplingOptions& options, const UpscalerPath& path,
                           std::optional<int64_t> reach, const StageInput& input) {
  const auto& coarse = input.coarse;
  auto plan = flow_plan(
      options, {.width = coarse.size(3) * path.factor, .height = coarse.size(2) * path.factor});
  plan.guidance = {.scale = 1};
  plan.enlarging = Enlarging{.low = coarse.clamp(-1, 1),
                             .sigma = options.augmentation,
                             .noise_level = options.augmentation,
                             .start = [path](const Tensor& low, const Tensor& noise) {
                               return start_of(path, low, noise);
                             }};
  if (reach) {
    plan.enlarging->margin = *reach * options.steps * plan.sampler.evaluations_per_step();
  }
  return plan;
}

}  // namespace imagine::models
