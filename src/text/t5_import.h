/// The T5 part of import.h.
#pragma once

#include <filesystem>

#include <torch/types.h>

namespace imagine::text {

/// From a folder or a file that load_t5_encoder() takes into the existing folder `target`:
/// config.json and the tokenizer's file, and the encoder's weights in one model.safetensors under
/// Hugging Face's names as `dtype`; weights that are bytes in our way stay so. A decoder is left
/// out.
void convert_t5(const std::filesystem::path& source, const std::filesystem::path& target,
                torch::Dtype dtype);

}  // namespace imagine::text
