/// Where a T5's weights lie, what they are called, and what network they make.
#pragma once

#include <filesystem>

#include "core/fields.h"
#include "io/weight_files.h"
#include "nn/stored.h"
#include "text/t5.h"
#include "text/tokenizer_file.h"

namespace imagine::text {

namespace fs = std::filesystem;

/// Whether an encoder at `place` can only be a T5: a file of weights, or a folder without a
/// config.json that holds a GGUF.
bool is_bare_t5(const fs::path& place);

/// `place` itself, or the folder of a file.
fs::path folder_of(const fs::path& place);

/// The weights in any of Hugging Face's ways, else the one GGUF of a folder; or the file `place`.
/// FormatError where there are none, or a GGUF is not a T5's.
io::WeightFiles t5_files(const fs::path& place);

/// From the names in `files` (Hugging Face's, ComfyUI's, llama.cpp's) to those that Hugging Face
/// gives to an encoder alone; nullopt for a decoder, and for a second table of words.
nn::Rename t5_published_names(const io::WeightFiles& files);

/// From the names in `files` to T5Impl's.
nn::Rename t5_names(const io::WeightFiles& files);

/// What Hugging Face's config.json would say: from the shapes of the tensors, from a GGUF's
/// metadata where it says it, and else what all published T5s share. FormatError where the tensors
/// are not a T5's.
Json t5_config_from(const io::WeightFiles& files);

/// The encoder's config.json, or what stands for it where `place` is a bare T5.
Json t5_config_json(const fs::path& place, const io::WeightFiles& files);
/// The same, checked.
T5Config t5_config_at(const fs::path& place, const io::WeightFiles& files);

/// The tokenizer in the encoder's folder or beside it (see find_tokenizer()), else the one that a
/// GGUF carries, else that of the encoder in the folder `replaced`. FormatError if there is none.
TokenizerFile t5_vocabulary_at(const fs::path& place, const io::WeightFiles& files,
                               const fs::path& replaced = {});

}  // namespace imagine::text
