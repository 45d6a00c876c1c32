#include "train/trained_stages.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/names.h"
#include "models/deepfloyd_if/family.h"
#include "io/file.h"
#include "models/imagine/efficient_unet.h"
#include "models/imagine/model_file.h"
#include "models/imagine/super_resolution.h"
#include "text/if_reading.h"
#include "train/base_objective.h"
#include "train/distillation_objective.h"
#include "train/if_objective.h"
#include "train/super_resolution_objective.h"

namespace imagine::train {
namespace {

template <class Kind>
std::unique_ptr<Objective> made(const TrainConfig& config) {
  return std::make_unique<Kind>(config);
}

std::unique_ptr<Objective> super_resolution(const TrainConfig& config) {
  const models::SuperResolution network(config.super_resolution);
  return std::make_unique<SuperResolutionObjective>(config, network.ptr(),
                                                    to_json(config.super_resolution));
}

std::unique_ptr<Objective> efficient_unet(const TrainConfig& config) {
  models::EfficientUnet network(config.efficient_unet);
  network->set_recompute(config.recompute);
  return std::make_unique<SuperResolutionObjective>(config, network.ptr(),
                                                    to_json(config.efficient_unet));
}

void check_distillation(const TrainConfig& config) {
  check<ConfigError>(!config.distillation.teacher.empty(),
                     "distillation.teacher: expected a file, got none");
}

void check_deepfloyd_if(const TrainConfig& config) {
  check<ConfigError>(config.lora.rank > 0,
                     "lora.rank: expected above 0 with deepfloyd_if, whose own weights stay");
  check<ConfigError>(!config.deepfloyd_if.empty(), "deepfloyd_if: expected a folder, got none");
  check<ConfigError>(config.start_from.empty(), "start_from: expected none with deepfloyd_if");
  check<ConfigError>(config.preview_prompts.empty(),
                     "preview_prompts: expected none with deepfloyd_if; `imagine generate --lora` "
                     "draws with its changes");
}

std::string encoder_of_deepfloyd_if(const TrainConfig& config) {
  if (!io::fs::is_directory(config.deepfloyd_if)) return config.text_encoder;
  return (models::first_if_stage(config.deepfloyd_if) / "text_encoder").string();
}

const auto kStages = std::to_array<TrainedStage>({
    {.name = "base",
     .network = models::kHybrid,
     .section = "base",
     .config = &TrainConfig::base,
     .make = made<BaseObjective>,
     .can_recompute = true},
    {.name = "distillation",
     .network = models::kHybrid,
     .section = "base",
     .config = &TrainConfig::base,
     .make = made<DistillationObjective>,
     .can_recompute = true,
     .check = check_distillation},
    {.name = "super_resolution",
     .network = models::kSuperResolution,
     .section = "super_resolution",
     .config = &TrainConfig::super_resolution,
     .make = super_resolution,
     .enlarges = true},
    {.name = "efficient_unet",
     .network = models::kEfficientUnet,
     .section = "efficient_unet",
     .config = &TrainConfig::efficient_unet,
     .make = efficient_unet,
     .enlarges = true,
     .can_recompute = true},
    {.name = "deepfloyd_if",
     .network = "",
     .section = "",
     .config = {},
     .make = made<IfObjective>,
     .check = check_deepfloyd_if,
     .text_encoder = encoder_of_deepfloyd_if,
     .reader = text::read_as_if},
});

}  // namespace

std::span<const TrainedStage> trained_stages() { return kStages; }

const TrainedStage& trained_stage(std::string_view name) {
  const auto found = std::ranges::find(kStages, name, &TrainedStage::name);
  if (found != kStages.end()) return *found;
  std::vector<std::string> names;
  for (const auto& stage : kStages) names.emplace_back(stage.name);
  throw ConfigError(concat("stage: ", expected_names(std::string(name), names)));
}

}  // namespace imagine::train
