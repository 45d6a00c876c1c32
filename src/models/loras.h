/// Low-rank changes of a stage's weights.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/fields.h"
#include "imagine/request.h"
#include "io/file.h"
#include "nn/lora_names.h"

namespace imagine::models {

/// Under this name a file's metadata may hold the config of the network that it changes, as JSON.
inline constexpr const char* kChangedNetwork = "network";

/// The file of what the caller named: itself, or in a folder PEFT's adapter_model.safetensors with
/// its config, diffusers' pytorch_lora_weights.safetensors, or the lora.safetensors that our
/// training leaves. FormatError for a folder without them.
io::fs::path lora_file_in(const io::fs::path& file_or_folder);

/// All files that say what those changes are.
std::vector<io::fs::path> files_of_lora(const io::fs::path& file_or_folder);

/// FormatError naming the file that says to be for a network of another config.
void check_made_for(const Json& network, const std::vector<LoraUse>& loras);

/// Adds the files' changes one after the other. `names`: how layers are called in them, but for the
/// layers themselves. FormatError naming the file that does not fit; see nn::read_lora and
/// nn::merge.
void add_loras(torch::nn::Module& network, const std::vector<LoraUse>& loras,
               nn::LoraTarget names = {});

}  // namespace imagine::models
