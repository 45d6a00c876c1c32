/// The stages of DeepFloyd IF.
#pragma once

#include <memory>

#include "io/file.h"
#include "models/stage.h"

namespace imagine::models {

/// Of a folder in diffusers' layout: unet/, scheduler/ and, for super-resolution,
/// image_noising_scheduler/. Reads and checks the configurations.
std::shared_ptr<const StageSpec> if_stage(const io::fs::path& folder);

}  // namespace imagine::models
