#include "train/objective.h"

#include "train/base_objective.h"
#include "train/super_resolution_objective.h"

namespace imagine::train {

std::unique_ptr<Objective> make_objective(const TrainConfig& config) {
  if (config.stage == "base") return std::make_unique<BaseObjective>(config);
  return std::make_unique<SuperResolutionObjective>(config);
}

}  // namespace imagine::train
