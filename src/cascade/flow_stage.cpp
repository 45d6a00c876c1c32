#include "cascade/flow_stage.h"

#include <cmath>
#include <functional>

#include <torch/utils.h>

#include "cascade/loras.h"
#include "core/check.h"
#include "core/number.h"
#include "core/place.h"
#include "core/range.h"
#include "denoiser/efficient_unet.h"
#include "denoiser/super_resolution.h"
#include "io/config_file.h"
#include "nn/weights.h"

namespace imagine::cascade {
namespace {

using denoiser::EfficientUnet;
using denoiser::Hybrid;
using denoiser::SuperResolution;

/// The entry's sampling as the recipe has it.
SamplingOptions sampling_of(const StageEntry& entry, const StageRecipe& recipe) {
  const auto steps = whole_number(recipe.steps);
  check<ConfigError>(steps.has_value(), "steps: expected a whole number, got \"", recipe.steps,
                     '"');
  auto sampling = entry.sampling;
  sampling.steps = *steps;
  sampling.sampler = recipe.sampler;
  sampling.guidance = recipe.guidance;
  sampling.augmentation = recipe.noise_level;
  return sampling;
}

std::optional<Kept> kept_of(const StageTask& task) {
  if (!task.edited || !task.edited->mask.defined()) return std::nullopt;
  return Kept{.picture = task.edited->picture,
              .mask = task.edited->mask,
              .renoised = task.settings.kept == kNoised};
}

/// Width to height of what the stage draws.
double ratio_of(const StageTask& task) {
  const auto& shown = task.edited ? task.edited->picture : task.coarse;
  return shown.defined() ? double(shown.size(3)) / double(shown.size(2)) : task.ratio;
}

/// A part of the path takes a part of its steps.
std::int64_t steps_within(std::int64_t steps, double strength) {
  return std::max<std::int64_t>(1, std::llround(double(steps) * strength));
}

template <class Network>
Network loaded(const io::fs::path& folder, const Placement& placement,
               const std::vector<LoraUse>& loras) {
  using Config = std::remove_cvref_t<decltype(Network::Impl::config)>;
  Network network(io::read_config<Config>(folder));
  check_made_for(to_json(network->config), loras);
  nn::load_weights(*network, io::SafetensorsFile(folder / "model.safetensors"),
                   {.dtype = placement.dtype});
  add_loras(*network, loras);
  network->to(placement.device);
  network->eval();
  return network;
}

class HybridStage : public Stage {
 public:
  HybridStage(StageEntry entry, Hybrid network)
      : entry_(std::move(entry)), network_(std::move(network)) {}

  /// After another base from its pictures, else from the picture that is edited or from noise.
  Tensor draw(const StageTask& task) override {
    auto options = sampling_of(entry_, task.settings);
    Beginning beginning{.kept = kept_of(task)};
    if (task.coarse.defined()) {
      beginning.picture = task.coarse;
      beginning.time = options.begin;
    } else if (task.edited) {
      beginning.picture = task.edited->picture;
      beginning.time = 1 - task.settings.strength;
      options.steps = steps_within(options.steps, task.settings.strength);
    }
    return cascade::draw(network_, task.prompts, extent_of_ratio(ratio_of(task), entry_.size),
                         {.seeds = task.seeds, .options = options, .on_step = task.on_step},
                         beginning);
  }

 private:
  StageEntry entry_;
  Hybrid network_;
};

/// The stage as its quick network draws it.
StageEntry quick_of(StageEntry entry) {
  entry.folder = entry.quick.folder;
  entry.sampling = entry.quick.sampling;
  return entry;
}

/// Draws with the network that the settings name. Each is loaded when it is first used.
class QuickOrOwnStage : public Stage {
 public:
  using Load = std::function<std::unique_ptr<Stage>()>;

  QuickOrOwnStage(Load load_quick, Load load_own)
      : load_quick_(std::move(load_quick)), load_own_(std::move(load_own)) {}

  Tensor draw(const StageTask& task) override {
    const bool quick = task.settings.network == kDistilledNetwork;
    auto& stage = quick ? quick_ : own_;
    if (!stage) stage = quick ? load_quick_() : load_own_();
    return stage->draw(task);
  }

 private:
  Load load_quick_, load_own_;
  std::unique_ptr<Stage> quick_, own_;
};

class UpscalerStage : public Stage {
 public:
  UpscalerStage(StageEntry entry, std::shared_ptr<denoiser::Upscaler> network)
      : entry_(std::move(entry)), network_(std::move(network)) {}

  Tensor draw(const StageTask& task) override {
    return upscale(*network_, task.prompts.text, task.coarse,
                   {.seeds = task.seeds,
                    .options = sampling_of(entry_, task.settings),
                    .on_step = task.on_step},
                   kept_of(task));
  }

 private:
  StageEntry entry_;
  std::shared_ptr<denoiser::Upscaler> network_;
};

class FlowStagePlan : public StagePlan {
 public:
  FlowStagePlan(io::fs::path folder, StageEntry entry)
      : folder_(std::move(folder)), entry_(std::move(entry)) {}

  int size() const override { return entry_.size; }
  bool enlarges() const override { return entry_.network != kHybrid; }
  bool draws_in_tiles() const override { return entry_.network == kSuperResolution; }
  bool edits_any_shape() const override { return enlarges(); }

  Extent enlarged(Extent coarse) const override {
    const auto path = folder_ / entry_.folder;
    const auto factor = entry_.network == kEfficientUnet
                            ? io::read_config<denoiser::EfficientUnetConfig>(path).factor
                            : io::read_config<denoiser::SuperResolutionConfig>(path).factor;
    return {coarse.width * factor, coarse.height * factor};
  }

  Extent edited(Extent, Extent coarse) const override {
    return enlarges() ? enlarged(coarse) : Extent{.width = size(), .height = size()};
  }

  std::uint64_t bytes() const override {
    return bytes_of(entry_.folder) + (entry_.quick.exists() ? bytes_of(entry_.quick.folder) : 0);
  }

  StageRecipe settled(const StageWishes& wishes) const override {
    const bool quick = draws_quickly(wishes);
    const auto& usual = quick ? entry_.quick.sampling : entry_.sampling;
    StageRecipe recipe{.size = entry_.size,
                       .network = network_named(quick),
                       .steps = wishes.steps.value_or(std::to_string(usual.steps)),
                       .sampler = wishes.sampler.value_or(usual.sampler),
                       .guidance = usual.guidance,
                       .noise_level = usual.augmentation};
    if (enlarges()) {
      recipe.noise_level =
          wishes.noise_level.value_or(wishes.enlarges_real ? 0 : recipe.noise_level);
    } else {
      recipe.guidance = wishes.guidance.value_or(recipe.guidance);
      if (wishes.drawing == Drawing::variation) recipe.strength = wishes.strength.value_or(0.7);
      if (wishes.drawing == Drawing::part) recipe.strength = wishes.strength.value_or(1);
    }
    if (wishes.drawing == Drawing::part) recipe.kept = wishes.kept.value_or(kNoised);
    at_place<InputError>("", [&] {
      check_range("noise_level", recipe.noise_level, 0, 1);
      sampling_of(entry_, recipe).validate();
    });
    return recipe;
  }

  std::unique_ptr<Stage> load(const Placement& placement,
                              const std::vector<LoraUse>& loras) const override {
    const auto path = folder_ / entry_.folder;
    if (entry_.network == kHybrid) {
      if (!entry_.quick.exists()) return base(entry_, placement, loras);
      return std::make_unique<QuickOrOwnStage>(
          [=, this] { return base(quick_of(entry_), placement, {}); },
          [=, this] { return base(entry_, placement, loras); });
    }
    if (entry_.network == kEfficientUnet) {
      const auto network = loaded<EfficientUnet>(path, placement, loras);
      return std::make_unique<UpscalerStage>(entry_, network.ptr());
    }
    const auto network = loaded<SuperResolution>(path, placement, loras);
    return std::make_unique<UpscalerStage>(entry_, network.ptr());
  }

 private:
  std::uint64_t bytes_of(const std::string& part) const {
    std::error_code missing;  // load() says so
    const auto size = io::fs::file_size(folder_ / part / "model.safetensors", missing);
    return missing ? 0 : size;
  }

  std::unique_ptr<Stage> base(const StageEntry& entry, const Placement& placement,
                              const std::vector<LoraUse>& loras) const {
    return std::make_unique<HybridStage>(entry,
                                         loaded<Hybrid>(folder_ / entry.folder, placement, loras));
  }

  /// Whether nothing is wished that the quick network was not taught: its settings are either left
  /// to it, or named as they are, all of them.
  bool draws_quickly(const StageWishes& wishes) const {
    if (!entry_.quick.exists() || wishes.negative || wishes.drawing != Drawing::whole) return false;
    if (!wishes.steps && !wishes.sampler && !wishes.guidance) return true;
    const auto& sampling = entry_.quick.sampling;
    return wishes.steps == std::to_string(sampling.steps) && wishes.sampler == sampling.sampler &&
           wishes.guidance == sampling.guidance;
  }

  std::string network_named(bool quick) const {
    if (!entry_.quick.exists()) return {};
    return quick ? kDistilledNetwork : kBaseNetwork;
  }

  io::fs::path folder_;
  StageEntry entry_;
};

}  // namespace

std::unique_ptr<StagePlan> flow_stage(const io::fs::path& folder, const StageEntry& entry) {
  return std::make_unique<FlowStagePlan>(folder, entry);
}

}  // namespace imagine::cascade
