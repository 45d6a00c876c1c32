/// Our networks as an engine evaluates them.
#pragma once

#include <memory>

#include "models/imagine/control_adapter.h"
#include "models/imagine/hybrid.h"
#include "models/imagine/upscaler.h"
#include "models/stage.h"

namespace imagine::models {

/// Of a base that is in memory: a loaded one, or that of a training; with its adapter, where it has
/// one, it can be told more than a text.
std::shared_ptr<const Network> network_of(Hybrid network, ControlAdapter adapter = nullptr);
/// The same of what enlarges.
std::shared_ptr<const Network> network_of(std::shared_ptr<Upscaler> network);

}  // namespace imagine::models
