/// What the stages of our models do alike with their entry in model.json.
#pragma once

#include <cstdint>

#include "imagine/recipe.h"
#include "io/config_file.h"
#include "models/imagine/least_parameters.h"
#include "models/imagine/model_file.h"
#include "models/loras.h"
#include "nn/weights.h"

namespace imagine::models {

/// Of the weights in a stage's folder; 0 where they are missing, loading says so.
std::uint64_t bytes_of(const io::fs::path& folder);

/// What a stage's settings are where nothing is asked for.
StageSettings usual_settings(const StageEntry& entry, const SamplingOptions& sampling);

/// InputError where the stage cannot sample so.
void check_settings(const StageEntry& entry, const StageSettings& settings);

/// FormatError where the weights in a stage's folder cannot be so many numbers.
void check_room(double parameters, const io::fs::path& folder);

/// The network in a stage's folder, with `loras` added to its weights. FormatError or ConfigError
/// naming the file.
template <class Holder>
Holder loaded(const io::fs::path& folder, const Placement& placement,
              const std::vector<LoraUse>& loras) {
  using Config = std::remove_cvref_t<decltype(Holder::Impl::config)>;
  const auto config = io::read_config<Config>(folder);
  const io::SafetensorsFile weights(folder / "model.safetensors");
  check_room(least_parameters(config), folder);
  Holder network(config);
  check_made_for(to_json(network->config), loras);
  nn::load_weights(*network, weights, {.dtype = placement.dtype});
  add_loras(*network, loras);
  network->to(placement.device);
  network->eval();
  return network;
}

}  // namespace imagine::models
