/// The stages of our own models.
#pragma once

#include <memory>

#include "models/imagine/model_file.h"
#include "models/imagine/upscaler.h"
#include "models/stage.h"

namespace imagine::models {

/// The base that stages[index] of model.json in `folder` names, and the network that was distilled
/// from it. Reads and checks the configurations.
std::shared_ptr<const StageSpec> base_stage(const io::fs::path& folder, const ModelFile& file,
                                            std::size_t index);
/// A stage that enlarges. Reads and checks its configuration.
std::shared_ptr<const StageSpec> upscaler_stage(const io::fs::path& folder,
                                                const StageEntry& entry);

/// How an upscaler samples with `options`, whatever is in a folder; `reach` as Upscaler::reach()
/// says.
SamplingPlan upscaler_plan(const SamplingOptions& options, const UpscalerPath& path,
                           std::optional<int64_t> reach, const StageInput& input);

}  // namespace imagine::models
