/// Takes a language model from Hugging Face's layout into a text encoder folder of ours.
#pragma once

#include <filesystem>

#include <torch/types.h>

namespace imagine::text {

/// `source` is a folder, or an archive (a wheel, zip or tar) holding one, of a BERT with
/// config.json, vocab.txt and model.safetensors, or of a T5 with spiece.model in place of
/// vocab.txt, in a folder also in shards or a GGUF, or a file of a T5's weights; a tokenizer.json
/// serves where either lacks (see find_tokenizer()), and a tokenizer_config.json beside a BERT is
/// held against what our tokenizer does. `folder` becomes what load_text_encoder() reads, with the
/// weights as `dtype`, complete or not at all. An existing `folder` is replaced only if it is empty
/// or such a text encoder; else InputError. FormatError or ConfigError where the source is not a
/// model that we run, or its weights do not fit into `dtype`.
void import_text_encoder(const std::filesystem::path& source, const std::filesystem::path& folder,
                         torch::Dtype dtype);

}  // namespace imagine::text
