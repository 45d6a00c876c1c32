#include "train/config.h"

#include <algorithm>

#include "core/fields.h"
#include "core/place.h"
#include "core/range.h"
#include "io/json_file.h"
#include "train/start.h"
#include "train/trained_stages.h"

namespace imagine::train {
namespace {

int64_t updates_of(const Phase& phase) {
  const auto views = phase.batch * phase.accumulate;
  return (phase.views + views - 1) / views;
}

void validate(const Phase& phase, const std::string& where) {
  check_range(where + ".views", phase.views, 1, int64_t{1} << 40);
  check_range(where + ".resolution", phase.resolution, 8, 1024);
  check_range(where + ".batch", phase.batch, 1, 1 << 16);
  check_range(where + ".accumulate", phase.accumulate, 1, 1 << 16);
  check_range(where + ".learning_rate", phase.learning_rate, 0, 1);
  check_range(where + ".final_learning_rate", phase.final_learning_rate, 0, 1);
  check_range(where + ".noise_mean", phase.noise_mean, -10, 10);
  check_range(where + ".noise_std", phase.noise_std, 0, 10);
  for (const auto& [domain, weight] : phase.weights) {
    check<ConfigError>(weight > 0, where, ".weights.", domain, ": expected above 0, got ", weight);
  }
}

void validate_distillation(const TrainConfig& config) {
  const auto& distillation = config.distillation;
  check_range("distillation.guidance", distillation.guidance, 0, 50);
  check_range("distillation.steps", distillation.steps, 1, 1000);
  check_range("distillation.substeps", distillation.substeps, 1, 1000);
  check_range("distillation.first_step", distillation.first_step, 0, 0.9);
}

/// Of low-rank changes.
void validate_changes(const TrainConfig& config) {
  const auto keeps = [](const Phase& phase) { return !phase.kept.empty(); };
  config.lora.validate();
  check<ConfigError>(config.lora.rank > 0 || std::ranges::none_of(config.phases, keeps),
                     "phases: kept: expected none without lora");
  const auto& trained = trained_stage(config.stage);
  const bool has_weights = !config.start_from.empty() || trained.section.empty();
  check<ConfigError>(config.lora.rank == 0 || has_weights,
                     "start_from: expected the weights that lora changes, got none");
}

void validate_previews(const TrainConfig& config) {
  check<ConfigError>(!config.enlarges() || config.preview_prompts.empty(),
                     "preview_prompts: expected none for ", config.stage,
                     ", whose sheets show held-out pictures");
}

}  // namespace

void TrainConfig::validate() const {
  const auto& trained = trained_stage(stage);
  check<ConfigError>(!phases.empty(), "phases: expected at least one");
  for (std::size_t i = 0; i < phases.size(); ++i) {
    train::validate(phases[i], concat("phases[", i, "]"));
  }
  check<ConfigError>(!ema.empty(), "ema: expected at least one width");
  check_range("caption_drop", caption_drop, 0, 1);
  check_range("augmentation", augmentation, 0, 1);
  check<ConfigError>(warm_up >= 0, "warm_up: expected 0 or more updates, got ", warm_up);
  validate_distillation(*this);
  base.validate();
  control.validate();
  super_resolution.validate();
  efficient_unet.validate();
  minit2i.validate();
  stream.validate();
  check<ConfigError>(stream.aspects.empty() || !enlarges(), "stream.aspects: expected none for ",
                     stage, ", which learns from squares");
  for (const auto& phase : phases) {
    check<ConfigError>(stream.aspects.empty() || phase.resolution % 8 == 0,
                       "phases: resolution: expected a multiple of 8 with stream.aspects, got ",
                       phase.resolution);
  }
  check_range("shard_size", shard_size, 8, 4096);
  check<ConfigError>(!recompute || trained.can_recompute, "recompute: expected false for ", stage,
                     ", which keeps what its blocks compute");
  validate_changes(*this);
  if (trained.check) trained.check(*this);
  validate_previews(*this);
  optimizer.validate();
}

bool TrainConfig::enlarges() const { return trained_stage(stage).enlarges; }

TrainConfig read_train_config(const std::string& path) {
  const auto json = io::read_json(path);
  auto config = from_json<TrainConfig>(json, path);
  at_place(path + ": ", [&] {
    take_from_start(json, config);
    config.validate();
  });
  return config;
}

int64_t count_updates(const TrainConfig& config) {
  int64_t updates = 0;
  for (const auto& phase : config.phases) updates += updates_of(phase);
  return updates;
}

int64_t views_before(const TrainConfig& config, int64_t update) {
  int64_t views = 0;
  for (const auto& phase : config.phases) {
    const auto here = std::min(update, updates_of(phase));
    views += here * phase.batch * phase.accumulate;
    update -= here;
  }
  return views;
}

Position position_at(const TrainConfig& config, int64_t update) {
  int64_t before = 0;
  std::size_t index = 0;
  while (update - before >= updates_of(config.phases[index])) {
    before += updates_of(config.phases[index++]);
  }
  const auto& phase = config.phases[index];
  const double progress = double(update - before) / double(std::max<int64_t>(1, updates_of(phase)));
  const double warm =
      std::min(1.0, double(update + 1) / double(std::max<int64_t>(1, config.warm_up)));
  const double rate =
      phase.learning_rate + progress * (phase.final_learning_rate - phase.learning_rate);
  return {.phase = &phase, .phase_index = int64_t(index), .learning_rate = rate * warm};
}

std::string TrainConfig::identity() const {
  auto json = to_json(*this);
  for (const char* key :
       {"out", "shards", "stream", "device", "checkpoint_minutes", "preview_minutes",
        "preview_prompts", "start_from", "deepfloyd_if", "phases", "recompute"}) {
    json.erase(key);
  }
  const auto& trained = trained_stage(stage);
  for (const auto* later : {"efficient_unet", "minit2i"}) {  // which old runs do not have
    if (trained.section != later) json.erase(later);
  }
  if (!trained.annotated) json.erase("control");
  if (trained.section.empty()) json.erase("text_encoder");  // the folder's own, wherever it lies
  if (!base.crop_told) json["base"].erase("crop_told");
  if (lora.keep == 1) json["lora"].erase("keep");
  return json.dump();
}

}  // namespace imagine::train
