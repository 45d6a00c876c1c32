/// What a run starts from: weights, the network that they fill, and the model that they are part
/// of.
#pragma once

#include <optional>

#include "core/fields.h"
#include "io/safetensors.h"
#include "models/imagine/model_file.h"
#include "train/config.h"

namespace imagine::train {

/// A stage of a model's folder.
struct ModelPlace {
  io::fs::path folder;
  models::ModelFile model;
  std::size_t stage;

  const models::StageEntry& entry() const { return model.stages[stage]; }
};

struct Start {
  io::fs::path weights;               ///< a file, or the folder of files as published
  Json network = {};                  ///< config.json beside it; null where there is none
  std::optional<ModelPlace> at = {};  ///< the model that has it, or that its run left
};

/// `named`: weights (model.safetensors), the folder of a stage, or that of a model, of which the
/// only network that a stage of the kind `stage` trains is meant; of MiniT2I that of its network.
/// ConfigError where a model has none or several; FormatError or ConfigError for a broken
/// model.json or config.json.
Start start_at(const std::string& named, const std::string& stage);

/// ConfigError where the weights are bytes, which nothing can be learned from: see
/// models/quantize.h.
void check_trainable(const Start& start);

/// ConfigError where there are none.
io::SafetensorsFile open_weights(const Start& start);

/// Where a run of `config` starts; nullopt where it starts anew.
std::optional<Start> start_of(const TrainConfig& config);

/// Fills in what `told`, the config as it was written, leaves to what the run starts from: the
/// network's fields and the text encoder. ConfigError naming a field that contradicts the weights.
void take_from_start(const Json& told, TrainConfig& config);

}  // namespace imagine::train
