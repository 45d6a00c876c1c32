#include "train/trained_stages.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/names.h"
#include "io/file.h"
#include "models/deepfloyd_if/family.h"
#include "models/imagine/efficient_unet.h"
#include "models/imagine/model_file.h"
#include "models/imagine/super_resolution.h"
#include "models/minit2i/layout.h"
#include "text/if_reading.h"
#include "text/length_reading.h"
#include "train/base_objective.h"
#include "train/control_objective.h"
#include "train/distillation_objective.h"
#include "train/if_objective.h"
#include "train/run_model.h"
#include "train/super_resolution_objective.h"

namespace imagine::train {
namespace {

template <MakeFlowNetwork make>
std::unique_ptr<Objective> flow(const TrainConfig& config) {
  return std::make_unique<BaseObjective>(config, make(config));
}

template <MakeFlowNetwork make>
std::unique_ptr<Objective> distillation(const TrainConfig& config) {
  return std::make_unique<DistillationObjective>(config, make);
}

std::unique_ptr<Objective> deepfloyd_if(const TrainConfig& config) {
  return std::make_unique<IfObjective>(config);
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

std::unique_ptr<Objective> control(const TrainConfig& config) {
  return std::make_unique<ControlObjective>(config);
}

void check_control(const TrainConfig& config) {
  check<ConfigError>(!config.start_from.empty(),
                     "start_from: expected the base that is to be controlled, got none");
  check<ConfigError>(config.lora.rank == 0, "lora.rank: expected 0 for control");
  check<ConfigError>(config.stream.shards.empty(),
                     "stream: expected none for control, which learns from `imagine dataset`");
  check<ConfigError>(config.preview_prompts.empty(),
                     "preview_prompts: expected none for control, whose sheets show held-out ",
                     "pictures");
  for (const auto& phase : config.phases) {
    check<ConfigError>(phase.resolution == config.shard_size, "phases: resolution: expected ",
                       config.shard_size, ", shard_size, for control, got ", phase.resolution);
  }
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

std::unique_ptr<text::TextEncoder> read_as_if(const TrainConfig&,
                                              std::unique_ptr<text::TextEncoder> encoder) {
  return text::read_as_if(std::move(encoder));
}

void check_minit2i(const TrainConfig& config) {
  for (const auto& phase : config.phases) {
    check<ConfigError>(phase.resolution == config.minit2i.image_size,
                       "phases: resolution: expected ", config.minit2i.image_size,
                       ", minit2i.image_size, got ", phase.resolution);
  }
  check<ConfigError>(config.stream.aspects.empty(), "stream.aspects: expected none for ",
                     config.stage, ", which draws squares");
}

void check_minit2i_distillation(const TrainConfig& config) {
  check_distillation(config), check_minit2i(config);
}

std::string encoder_of_minit2i(const TrainConfig& config) {
  const io::fs::path folder = config.start_from;
  if (!models::is_minit2i_folder(folder)) return config.text_encoder;
  return models::minit2i_text_encoder(folder, config.minit2i).string();
}

std::unique_ptr<text::TextEncoder> read_as_minit2i(const TrainConfig& config,
                                                   std::unique_ptr<text::TextEncoder> encoder) {
  check<ConfigError>(encoder->width() == config.minit2i.txt_input_size,
                     "minit2i.txt_input_size: expected ", encoder->width(), ", the width of ",
                     config.text_encoder, ", got ", config.minit2i.txt_input_size);
  return text::read_within(std::move(encoder), {.most = config.minit2i.prompt_length});
}

const auto kStages = std::to_array<TrainedStage>({
    {.name = "base",
     .network = models::kHybrid,
     .section = "base",
     .config = &TrainConfig::base,
     .make = flow<hybrid_flow>,
     .can_recompute = true,
     .run_model = imagine_run_model},
    {.name = "distillation",
     .network = models::kHybrid,
     .section = "base",
     .config = &TrainConfig::base,
     .make = distillation<hybrid_flow>,
     .can_recompute = true,
     .check = check_distillation,
     .learns_from_another = true},
    {.name = "control",
     .network = models::kHybrid,
     .section = "base",
     .config = &TrainConfig::base,
     .make = control,
     .check = check_control,
     .run_model = imagine_run_model,
     .annotated = true},
    {.name = "super_resolution",
     .network = models::kSuperResolution,
     .section = "super_resolution",
     .config = &TrainConfig::super_resolution,
     .make = super_resolution,
     .enlarges = true,
     .run_model = imagine_run_model},
    {.name = "efficient_unet",
     .network = models::kEfficientUnet,
     .section = "efficient_unet",
     .config = &TrainConfig::efficient_unet,
     .make = efficient_unet,
     .enlarges = true,
     .can_recompute = true,
     .run_model = imagine_run_model},
    {.name = "deepfloyd_if",
     .network = "",
     .section = "",
     .config = {},
     .make = deepfloyd_if,
     .check = check_deepfloyd_if,
     .text_encoder = encoder_of_deepfloyd_if,
     .reader = read_as_if},
    {.name = "minit2i",
     .network = "",
     .section = "minit2i",
     .config = &TrainConfig::minit2i,
     .make = flow<mmjit_flow>,
     .can_recompute = true,
     .check = check_minit2i,
     .text_encoder = encoder_of_minit2i,
     .reader = read_as_minit2i,
     .run_model = minit2i_run_model},
    {.name = "minit2i_distillation",
     .network = "",
     .section = "minit2i",
     .config = &TrainConfig::minit2i,
     .make = distillation<mmjit_flow>,
     .can_recompute = true,
     .check = check_minit2i_distillation,
     .text_encoder = encoder_of_minit2i,
     .reader = read_as_minit2i,
     .learns_from_another = true},
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
