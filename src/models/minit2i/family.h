/// Folders of MiniT2I, as published or converted.
#pragma once

#include "models/cascade.h"

namespace imagine::models {

bool is_minit2i_folder(const std::filesystem::path& folder);
Cascade open_minit2i(const std::filesystem::path& folder);

inline constexpr Family kMiniT2i{
    .recognises = is_minit2i_folder, .open = open_minit2i, .takes_upscaler = true};

}  // namespace imagine::models
