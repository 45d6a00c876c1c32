/// DeepFloyd IF's U-Net as an engine evaluates it.
#pragma once

#include <memory>

#include "diffusion/target.h"
#include "models/deepfloyd_if/if_unet.h"
#include "models/stage.h"

namespace imagine::models {

/// `target`: what it was trained to predict. `packed`: its weights are packed, or will be as they
/// are used.
std::shared_ptr<const Network> network_of(IfUnet network, diffusion::Target target,
                                          const Placement& placement, bool packed);

}  // namespace imagine::models
