/// The one stage of a MiniT2I.
#pragma once

#include <filesystem>
#include <memory>

#include "models/stage.h"

namespace imagine::models {

/// Of a folder with transformer/ and scheduler/ as diffusers has them. Reads and checks its
/// configurations; FormatError or ConfigError names the file.
std::shared_ptr<const StageSpec> minit2i_stage(const std::filesystem::path& folder);

}  // namespace imagine::models
