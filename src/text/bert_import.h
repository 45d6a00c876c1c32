/// The BERT part of import.h.
#pragma once

#include <filesystem>

#include <torch/types.h>

namespace imagine::text {

/// From a folder in Hugging Face's layout into the existing folder `target`: config.json with our
/// fields, the tokenizer's file as it is, and model.safetensors under BertImpl's names as `dtype`,
/// without what our encoder has no use for (pooler, position ids, heads).
void convert_bert(const std::filesystem::path& source, const std::filesystem::path& target,
                  torch::Dtype dtype);

}  // namespace imagine::text
