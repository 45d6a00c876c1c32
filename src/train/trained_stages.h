/// What a run can train: a row for each name that `stage` of a config may have.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "text/text_encoder.h"
#include "train/config.h"

namespace imagine::train {

class Objective;
class RunModel;

/// Where a config has that of the network; nothing where the network's own folder has it.
using NetworkConfig =
    std::variant<std::monostate, models::HybridConfig TrainConfig::*,
                 models::SuperResolutionConfig TrainConfig::*,
                 models::EfficientUnetConfig TrainConfig::*, models::MmJitConfig TrainConfig::*>;

struct TrainedStage {
  std::string_view name;
  std::string_view network;  ///< its name in model.json; empty where that has none
  std::string_view section;  ///< the name of `config` in JSON
  NetworkConfig config;
  std::unique_ptr<Objective> (*make)(const TrainConfig&);  ///< on the CPU, of all weights
  bool enlarges = false;       ///< pictures: what it learns from are crops of them
  bool can_recompute = false;  ///< has blocks that a backward pass can compute again
  /// ConfigError naming a field that this stage cannot have so; null: nothing of its own.
  void (*check)(const TrainConfig&) = nullptr;
  /// Whose words it reads where the config does not say; null: as for all.
  std::string (*text_encoder)(const TrainConfig&) = nullptr;
  /// How it reads them; null: as the encoder does.
  std::unique_ptr<text::TextEncoder> (*reader)(const TrainConfig&,
                                               std::unique_ptr<text::TextEncoder>) = nullptr;
  /// The model that a run leaves; null, or makes none: there is no such model.
  std::unique_ptr<RunModel> (*run_model)(const TrainConfig&) = nullptr;
  bool annotated = false;            ///< learns from pictures with labels
  bool learns_from_another = false;  ///< a network that draws in fewer steps than its teacher
};

std::span<const TrainedStage> trained_stages();

/// ConfigError, which lists all, where none has that name.
const TrainedStage& trained_stage(std::string_view name);

/// Calls `visit` with the network's config, where `config` has it.
template <class Config, class Visit>
void visit_network(Config& config, const Visit& visit) {
  const auto visit_member = [&](auto member) {
    if constexpr (!std::is_same_v<decltype(member), std::monostate>) visit(config.*member);
  };
  std::visit(visit_member, trained_stage(config.stage).config);
}

}  // namespace imagine::train
