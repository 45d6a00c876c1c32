/// The one stage of a MiniT2I.
#pragma once

#include <filesystem>
#include <memory>

#include "models/minit2i/mmjit_config.h"
#include "models/stage.h"

namespace imagine::models {

/// Of a folder with transformer/ and scheduler/ as diffusers has them. Reads and checks its
/// configurations; FormatError or ConfigError names the file.
std::shared_ptr<const StageSpec> minit2i_stage(const std::filesystem::path& folder);

/// The network in such a folder. FormatError or ConfigError names the file.
MmJitConfig minit2i_config(const std::filesystem::path& folder);

}  // namespace imagine::models
