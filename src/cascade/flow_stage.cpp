#include "cascade/flow_stage.h"

#include <torch/utils.h>

#include "core/number.h"
#include "core/place.h"
#include "core/range.h"
#include "io/json_file.h"
#include "nn/weights.h"

namespace imagine::cascade {
namespace {

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

template <class Config, class Network>
Network loaded(const io::fs::path& folder, const Placement& placement) {
  const auto where = (folder / "config.json").string();
  const auto config = from_json<Config>(io::read_json(folder / "config.json"), where);
  auto network = at_place(where + ": ", [&] { return Network(config); });
  nn::load_weights(*network, io::SafetensorsFile(folder / "model.safetensors"),
                   {.dtype = placement.dtype});
  network->to(placement.device);
  network->eval();
  return network;
}

class HybridStage : public Stage {
 public:
  HybridStage(StageEntry entry, denoiser::Hybrid network)
      : entry_(std::move(entry)), network_(std::move(network)) {}

  Tensor draw(const StageTask& task) override {
    const Sampling sampling{.seeds = task.seeds,
                            .options = sampling_of(entry_, task.settings),
                            .on_step = task.on_step};
    return task.coarse.defined()
               ? refine(network_, task.prompts, task.coarse, entry_.size, sampling)
               : cascade::draw(network_, task.prompts, entry_.size, sampling);
  }

 private:
  StageEntry entry_;
  denoiser::Hybrid network_;
};

class SuperResolutionStage : public Stage {
 public:
  SuperResolutionStage(StageEntry entry, denoiser::SuperResolution network, std::string where)
      : entry_(std::move(entry)), network_(std::move(network)), where_(std::move(where)) {}

  Tensor draw(const StageTask& task) override {
    const auto made = task.coarse.size(2) * network_->config.factor;
    check<ConfigError>(made == entry_.size, where_, ": ", entry_.folder, ": size: expected ", made,
                       ", got ", entry_.size);
    return upscale(network_, task.prompts.text, task.coarse,
                   {.seeds = task.seeds,
                    .options = sampling_of(entry_, task.settings),
                    .on_step = task.on_step});
  }

 private:
  StageEntry entry_;
  denoiser::SuperResolution network_;
  std::string where_;  // model.json
};

class FlowStagePlan : public StagePlan {
 public:
  FlowStagePlan(io::fs::path folder, StageEntry entry)
      : folder_(std::move(folder)), entry_(std::move(entry)) {}

  int size() const override { return entry_.size; }
  bool enlarges() const override { return entry_.network == kSuperResolution; }

  std::uint64_t bytes() const override {
    std::error_code missing;  // load() says so
    const auto size = io::fs::file_size(folder_ / entry_.folder / "model.safetensors", missing);
    return missing ? 0 : size;
  }

  StageRecipe settled(const StageWishes& wishes) const override {
    StageRecipe recipe{.size = entry_.size,
                       .steps = wishes.steps.value_or(std::to_string(entry_.sampling.steps)),
                       .sampler = wishes.sampler.value_or(entry_.sampling.sampler),
                       .guidance = entry_.sampling.guidance,
                       .noise_level = entry_.sampling.augmentation};
    if (enlarges()) {
      recipe.noise_level = wishes.noise_level.value_or(recipe.noise_level);
    } else {
      recipe.guidance = wishes.guidance.value_or(recipe.guidance);
    }
    at_place<InputError>("", [&] {
      check_range("noise_level", recipe.noise_level, 0, 1);
      sampling_of(entry_, recipe).validate();
    });
    return recipe;
  }

  std::unique_ptr<Stage> load(const Placement& placement) const override {
    const auto path = folder_ / entry_.folder;
    if (enlarges()) {
      return std::make_unique<SuperResolutionStage>(
          entry_,
          loaded<denoiser::SuperResolutionConfig, denoiser::SuperResolution>(path, placement),
          (folder_ / "model.json").string());
    }
    return std::make_unique<HybridStage>(
        entry_, loaded<denoiser::HybridConfig, denoiser::Hybrid>(path, placement));
  }

 private:
  io::fs::path folder_;
  StageEntry entry_;
};

}  // namespace

std::unique_ptr<StagePlan> flow_stage(const io::fs::path& folder, const StageEntry& entry) {
  return std::make_unique<FlowStagePlan>(folder, entry);
}

}  // namespace imagine::cascade
