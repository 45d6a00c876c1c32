/// DeepFloyd IF: folders as diffusers has them.
#pragma once

#include <filesystem>

#include "models/cascade.h"

namespace imagine::models {

/// Whether it holds diffusers' model_index.json, or a folder stage1/.
bool is_if_folder(const std::filesystem::path& folder);

/// A folder with model_index.json, or with such folders: stage1/ and stage2/, else the only two
/// that their pipelines tell apart, whatever they are called.
Cascade open_if(const std::filesystem::path& folder);

/// The folder of the first stage: `folder` itself if it has unet/, else one within it as open_if()
/// finds it. FormatError.
std::filesystem::path first_if_stage(const std::filesystem::path& folder);

inline constexpr Family kDeepFloydIf = {
    .recognises = is_if_folder, .open = open_if, .takes_upscaler = true};

}  // namespace imagine::models
