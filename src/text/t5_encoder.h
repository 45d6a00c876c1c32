/// TextEncoder for T5's family with a SentencePiece vocabulary.
#pragma once

#include "core/fields.h"
#include "text/text_encoder.h"

namespace imagine::text {

/// From a folder with config.json and the weights in any of Hugging Face's ways or in a GGUF, or
/// from a file of weights, with a tokenizer (see t5_weights.h); `replaced`, if it is given, is
/// another encoder's folder, whose tokenizer serves where there is none.
/// Products of bytes are a processor's alone.
std::unique_ptr<TextEncoder> load_t5_encoder(const fs::path& place,
                                             const nn::Arithmetic& arithmetic,
                                             const fs::path& replaced = {});

}  // namespace imagine::text
