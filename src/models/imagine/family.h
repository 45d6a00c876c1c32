/// Our own models: a folder with model.json.
#pragma once

#include <filesystem>

#include "models/cascade.h"
#include "models/imagine/model_file.h"

namespace imagine::models {

bool is_imagine_folder(const std::filesystem::path& folder);
Cascade open_imagine(const std::filesystem::path& folder);

/// The super-resolution of the model in `folder` behind the cascade's last stage, as often as it
/// stays within 1024 pixels. FormatError or ConfigError for a folder without one.
void add_upscaler(Cascade& cascade, const std::filesystem::path& folder);

inline constexpr Family kImagine = {
    .recognises = is_imagine_folder, .open = open_imagine, .takes_upscaler = false};

}  // namespace imagine::models
