/// The T5 part of import.h.
#pragma once

#include <filesystem>

#include <torch/types.h>

namespace imagine::text {

/// From a folder in Hugging Face's layout, its weights in one file or in shards, into the existing
/// folder `target`: config.json and the tokenizer's file as they are, and the encoder's weights in
/// one model.safetensors as `dtype`; weights that are bytes stay so. A decoder is left out.
void convert_t5(const std::filesystem::path& source, const std::filesystem::path& target,
                torch::Dtype dtype);

}  // namespace imagine::text
