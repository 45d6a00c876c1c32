/// Which families of models there are.
#pragma once

#include <filesystem>

#include "models/cascade.h"

namespace imagine::models {

/// The model in a folder, of whatever family. Where the family takes it, the super-resolution of
/// one of our models goes on behind its last stage, up to 1024 pixels: of stage3/ in the folder,
/// else of `upscaler`, else none. All configurations are read and checked, no weights. FormatError
/// or ConfigError names the file.
Cascade open_cascade(const std::filesystem::path& folder,
                     const std::filesystem::path& upscaler = {});

}  // namespace imagine::models
