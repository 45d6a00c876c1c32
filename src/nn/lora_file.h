/// Files of low-rank changes, as diffusers, PEFT, kohya's scripts and our own training write them.
#pragma once

#include <vector>

#include "io/safetensors.h"
#include "nn/lora.h"

namespace imagine::nn {

/// PEFT's names: its file says how much of the changes is added only with the config beside it.
inline constexpr const char* kPeftWeights = "adapter_model.safetensors";
inline constexpr const char* kPeftConfig = "adapter_config.json";

/// The file, and the config that is read with it where it is PEFT's.
std::vector<io::fs::path> files_of_lora(const io::fs::path& file);

/// Names as LoraNames reads them. A layer's scale is what `lora_adapter_metadata` in the header or
/// PEFT's config beside the file says (see PeftConfig), or its .alpha over its rank; else 1.
/// FormatError for names and configs that are not read, halves of a pair, shapes that make no
/// product, numbers that are not finite, two adapters in one file, and where two places say
/// different scales.
Lora read_lora(const io::SafetensorsFile& file, const LoraTarget& target);

}  // namespace imagine::nn
