/// The stages of DeepFloyd IF.
#pragma once

#include "cascade/stage.h"
#include "io/file.h"

namespace imagine::cascade {

/// Of a folder in diffusers' layout: unet/, scheduler/ and, for super-resolution,
/// image_noising_scheduler/. Reads the configurations.
std::unique_ptr<StagePlan> if_stage(const io::fs::path& folder);

}  // namespace imagine::cascade
