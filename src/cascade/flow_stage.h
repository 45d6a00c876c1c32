/// The stages of our own models.
#pragma once

#include "cascade/model_folder.h"
#include "cascade/stage.h"

namespace imagine::cascade {

/// Of a stage that model.json of `folder` names.
std::unique_ptr<StagePlan> flow_stage(const io::fs::path& folder, const StageEntry& entry);

}  // namespace imagine::cascade
