/// MiniT2I's network as an engine evaluates it.
#pragma once

#include <memory>

#include "models/minit2i/mmjit.h"
#include "models/stage.h"

namespace imagine::models {

/// Of a network whose weights are loaded and that nobody trains meanwhile: copies some of them.
std::shared_ptr<const Network> network_of(MmJit network, const Placement& placement);

/// Of one that is being trained: computes with the weights as they are at each evaluation.
std::shared_ptr<const Network> network_of_training(MmJit network, const Placement& placement);

/// What a student is told under such settings.
StudentConditioning conditioning_of(const MmJitConfig& config, const StageSettings& settings);

}  // namespace imagine::models
