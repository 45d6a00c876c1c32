/// Folders of MiniT2I, as published or converted.
#pragma once

#include "models/cascade.h"
#include "models/minit2i/layout.h"

namespace imagine::models {

Cascade open_minit2i(const std::filesystem::path& folder);

inline constexpr Family kMiniT2i{
    .recognises = is_minit2i_folder, .open = open_minit2i, .takes_upscaler = true};

}  // namespace imagine::models
